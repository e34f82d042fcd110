/** ZIPs of the original's Python job-type plugins are taken over as far as they are data; the rest is refused with its reason. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PluginHost } from '../../plugins/host.ts';
import { readInstalled } from '../../plugins/installed.ts';
import type { UserError } from '../../wrapper/core/errors.ts';
import { type Files, type Workplace, workplace, writeFiles } from './plugins-folder.ts';

vi.setConfig({ testTimeout: 60_000 });

const MANIFEST = 'name: go-job-type\nversion: 2.3.0\ncategory: job-type\ncomponents: [lifecycle, image-builder]\n';
const TEMPLATE = `FROM golang:1.20-alpine
COPY --from=jobtype go_wrapper/. /src/go_wrapper/
COPY --from=jobtype --chown=1:1 a.txt /b.txt /c/
{% for key, value in env_vars.items() %}
ENV {{ key }} "{{ value }}"
{% endfor %}
{% if manifest.get_jobtype_extra().gomod %}
COPY "{{ manifest.get_jobtype_extra().gomod }}" /src/job/
{% endif %}
COPY . /src/go_wrapper/handler/
ENV GIT_VERSION "{{ git_version }}" JOB "{{ manifest.name }} {{ manifest.version }} {{ resource_name }}"
LABEL type="{{ job_type_version }}"
`;
const types = (value: string) => `
class Plugin:
    def job_types(self):
        return {f'golang:{self.plugin_manifest.version}': ${value}}
`;
const files = (source: string, more: Files = {}): Files => ({
  'plugin-manifest.yaml': MANIFEST,
  'plugin.py': source,
  'job-template.Dockerfile': TEMPLATE,
  ...more,
});
const JOB = `name: adder
jobtype: golang:2.3.0
owner_email: a@b.c
git: {remote: "https://example.com/a.git"}
version: 1.2.3
build_env: {A: b}
jobtype_extra: {gomod: go.mod}
`;

let problems: UserError[];
beforeEach(() => {
  problems = [];
});

async function hostOf({ store }: Workplace): Promise<PluginHost> {
  const onProblem = (error: UserError) => void problems.push(error);
  const host = new PluginHost(await readInstalled(store, { env: {}, onProblem }), { onProblem, onOutput: () => {} });
  onTestFinished(() => host.stop());
  return host;
}

describe('taken over', () => {
  test.each([
    [
      'a dictionary',
      `{'images': [{'source': 'jobtype', 'dockerfile_path': 'job-template.Dockerfile', 'template': True}]}`,
    ],
    ['a dictionary with defaults', `{'images': [{'dockerfile_path': 'job-template.Dockerfile'}]}`],
    ['a list', `['job-template.Dockerfile']`],
    ['a text', `'job-template.Dockerfile'`],
    ['an absolute path', `[self.plugin_dir / 'job-template.Dockerfile']`],
  ])('%s: templates are filled in with the manifest', async (_name, value) => {
    const place = workplace(files(types(value)));
    expect(await place.tryInstall('.')).toBeUndefined();
    const { images, findings } = await (await hostOf(place)).planJob({
      jobType: 'golang:2.3.0',
      manifest: JOB,
      gitVersion: 'v9',
    });
    expect(findings).toEqual([]);
    const [{ dockerfile, files: handed } = { dockerfile: { text: '' }, files: {} }] = images;
    expect(Object.keys(handed)).toEqual(['.racetrack/jobtype']);
    expect((dockerfile as { text: string }).text.replaceAll(/\n+/g, '\n')).toBe(`FROM golang:1.20-alpine
COPY .racetrack/jobtype/go_wrapper/. /src/go_wrapper/
COPY --chown=1:1 .racetrack/jobtype/a.txt .racetrack/jobtype/b.txt /c/
ENV A "b"
COPY "go.mod" /src/job/
COPY . /src/go_wrapper/handler/
ENV GIT_VERSION "v9" JOB "adder 1.2.3 job-adder-v-1-2-3"
LABEL type="golang:2.3.0"
`);
  });

  test("the job's own Dockerfile, several images, and one that is no template", async () => {
    const images = `{'images': [
        {'source': 'job', 'dockerfile_path': 'Dockerfile', 'template': False},
        {'source': 'job', 'dockerfile_path': 'b.Dockerfile'},
        {'dockerfile_path': 'plain.Dockerfile', 'template': False},
    ]}`;
    const place = workplace(files(types(images), { 'plain.Dockerfile': 'FROM scratch # {{ as it is }}\n' }));
    await place.tryInstall('.');
    const planned = await (await hostOf(place)).planJob({ jobType: 'golang:2.3.0', manifest: JOB, gitVersion: '' });
    expect(planned.images[0]).toEqual({ dockerfile: { path: 'Dockerfile' }, files: {} });
    expect(planned.images[1]).toMatchObject({ dockerfile: { path: 'b.Dockerfile', variables: { git_version: '' } } });
    expect(planned.images[2]).toMatchObject({ dockerfile: { text: 'FROM scratch # {{ as it is }}\n' } });
  });

  test('its page, and it is listed like every other', async () => {
    const place = workplace(
      files(`${types(`'job-template.Dockerfile'`)}    def markdown_docs(self):\n        return '# Go'\n`),
    );
    expect((await place.run(['install', '.'])).stdout).toContain('job types: golang:2.3.0');
    expect((await place.run(['list', '--job-types'])).stdout).toContain('plugin go-job-type 2.3.0');
    expect(await (await hostOf(place)).markdownDocs()).toMatchObject([{ markdown: '# Go' }]);
  });

  test('a template cannot run code, or read what is not its own', async () => {
    for (const text of [
      '{{ manifest.__class__ }}',
      "{{ range.constructor('return 1')() }}",
      "{% include '/etc/passwd' %}",
    ]) {
      const place = workplace(
        files(types(`'job-template.Dockerfile'`), { 'job-template.Dockerfile': `FROM a\n${text}\n` }),
      );
      await place.tryInstall('.');
      const host = await hostOf(place);
      await expect(host.planJob({ jobType: 'golang:2.3.0', manifest: JOB, gitVersion: '' })).rejects.toThrow();
    }
  });
});

describe('refused', () => {
  const hook = (name: string) => `${types(`'job-template.Dockerfile'`)}    def ${name}(self, *args):\n        pass\n`;
  test.each([
    ['a syntax error', 'class Plugin\n', 'SyntaxError: '],
    ['a missing module', 'import racetrack_commons\n', "No module named 'racetrack_commons' (plugin.py:1)"],
    ['no class', 'x = 1\n', "has no attribute 'Plugin'"],
    ['an error', types('self.nothing'), "has no attribute 'nothing' (plugin.py:4)"],
    ['sys.exit', 'import sys\nsys.exit(3)\n', 'SystemExit: 3 (plugin.py:2)'],
    ['an end without a word', 'import os\nos._exit(3)\n', 'ended with exit code 3'],
    ['no job types', 'class Plugin:\n    pass\n', 'it brings no job types'],
    ['infrastructure targets', hook('infrastructure_targets'), 'it has the hooks infrastructure_targets'],
    ['a check of its own', hook('validate_job_manifest'), 'it has the hooks validate_job_manifest'],
    ['a base image', types(`('base.Dockerfile', 'job-template.Dockerfile')`), 'is made of a base image and a template'],
    ['no images', types(`{'images': []}`), 'has no images'],
    ['something else', types('3'), 'is not a list of images'],
    ['an unknown key', types(`{'images': [{'dockerfile': 'x'}]}`), 'is not a list of images'],
    [
      'a missing Dockerfile',
      types(`'nowhere.Dockerfile'`),
      'the Dockerfile nowhere.Dockerfile of golang:2.3.0 is missing',
    ],
    ['a path that leads out', types(`'../../plugin.zip'`), 'is outside of it'],
    [
      'a name without a version',
      "class Plugin:\n    def job_types(self):\n        return {'golang': 'a'}\n",
      'is not named like',
    ],
    ['what is no data', types('[object()]'), 'is not JSON serializable'],
    ['text without end', types(`'x' * 3_000_000`), 'more about itself than 1 MB'],
  ])('%s', async (_name, source, message) => {
    const place = workplace(files(source));
    const error = await place.tryInstall('.');
    expect(error?.message).toContain('the Python plugin go-job-type cannot be used: ');
    expect(error?.message).toContain(message);
    expect(error?.hint).toContain('only job types made of Dockerfile templates can be taken over');
    expect([place.installed(), place.leftOvers()]).toEqual([[], []]);
  });

  test('an endless import, and memory without end', async () => {
    const place = workplace(files('while True: pass\n'));
    expect((await place.tryInstall('.'))?.message).toMatch(/took too long or too much memory: its process was killed/);
    writeFiles(place.cwd, { 'plugin.py': 'x = [0] * 10**10\n' });
    expect((await place.tryInstall('.'))?.message).toContain('MemoryError');
  });

  test('the build context in a way that cannot be taken over, when a job is planned', async () => {
    const text = 'FROM a\nRUN --mount=type=bind,from=jobtype,target=/x ls /x\n';
    const place = workplace(files(types(`'job-template.Dockerfile'`), { 'job-template.Dockerfile': text }));
    await place.tryInstall('.');
    const host = await hostOf(place);
    await expect(host.planJob({ jobType: 'golang:2.3.0', manifest: JOB, gitVersion: '' })).rejects.toThrow(
      'job-template.Dockerfile uses the build context "jobtype" in a way that is not supported',
    );
  });
});
