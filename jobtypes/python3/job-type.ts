/** Owns the job type `python3`: a class or function in a Python file. */
import { packageVersion } from '../../wrapper/core/package-root.ts';
import { missingEntrypoint, pathsOutside, unlike } from '../extra-problems.ts';
import { defineJobType } from '../job-type.ts';
import { pythonExtraSchema } from './extra.ts';
import { planPythonImage } from './image.ts';
import { pythonLauncher } from './launcher.ts';

const PYTHON = { pattern: /^3\.\d{1,2}(\.\d{1,2})?$/, what: 'Python', example: 'a version such as "3.12"' };
const DEBIAN = {
  pattern: /^[a-z]+(-[a-z]+)*$/,
  what: 'Debian',
  example: 'what follows the Python version in the name of an official image, such as slim-bookworm',
};

export const pythonJobType = defineJobType({
  name: 'python3',
  version: packageVersion(),
  description: 'A class or function in Python.',
  extra: pythonExtraSchema,
  images: (job) => [planPythonImage(job)],
  runner: pythonLauncher,
  validate: ({ extra }) => [
    ...missingEntrypoint(extra, 'the file that holds your class or function'),
    ...pathsOutside(extra, 'entrypoint_path', 'requirements_path'),
    ...unlike(extra, 'python_version', PYTHON),
    ...unlike(extra, 'debian_version', DEBIAN),
  ],
});
