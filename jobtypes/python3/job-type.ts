/** Owns the job type `python3`: a class or function in a Python file. */
import { packageVersion } from '../../wrapper/core/package-root.ts';
import { defineJobType, type JobSource, type Problem } from '../job-type.ts';
import { pythonExtraSchema } from './extra.ts';
import { planPythonImage } from './image.ts';
import { pythonLauncher } from './launcher.ts';

export const pythonJobType = defineJobType({
  name: 'python3',
  version: packageVersion(),
  description: 'A class or function in Python.',
  extra: pythonExtraSchema,
  images: (job) => [planPythonImage(job)],
  runner: pythonLauncher,
  validate,
});

function validate({ extra }: JobSource<Parameters<typeof planPythonImage>[0]['extra']>): Problem[] {
  const { entrypoint_path: entrypoint, python_version: python, debian_version: debian } = extra;
  const problems: (Problem | false)[] = [
    (entrypoint ?? '') === '' && {
      path: ['jobtype_extra', 'entrypoint_path'],
      message: 'is required',
      suggestion: 'name the file that holds your class or function',
    },
    ...(['entrypoint_path', 'requirements_path'] as const).map((key) => {
      const given = extra[key];
      return given !== undefined && !isInside(given) && outside(key);
    }),
    python !== undefined &&
      !/^3\.\d{1,2}(\.\d{1,2})?$/.test(python) && {
        path: ['jobtype_extra', 'python_version'],
        message: `there is no Python ${python}`,
        suggestion: 'write a version such as "3.12"',
      },
    debian !== undefined &&
      !/^[a-z]+(-[a-z]+)*$/.test(debian) && {
        path: ['jobtype_extra', 'debian_version'],
        message: `there is no Debian ${debian}`,
        suggestion: 'write what follows the Python version in the name of an official image, such as slim-bookworm',
      },
  ];
  return problems.filter((problem) => problem !== false);
}

const outside = (key: string): Problem => ({
  path: ['jobtype_extra', key],
  message: 'leads out of the job',
  suggestion: "write a path as seen from the job's folder, without ..",
});

const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..');
