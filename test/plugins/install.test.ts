/** The built command installs plugins from everywhere, refuses broken ones with their reason, and leaves nothing half installed. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { packageVersion } from '../../wrapper/core/package-root.ts';
import { hostileZip } from './hostile-zip.ts';
import { type Files, MANIFEST, PLUGIN, temporaryFolder, workplace, writeFiles, zipOf } from './plugins-folder.ts';

// Each command is a process of its own, and the machine may be busy.
vi.setConfig({ testTimeout: 90_000 });

const GOOD: Files = { 'rust/plugin-manifest.yaml': MANIFEST, 'rust/plugin.mjs': PLUGIN };
const versioned = (version: string): Files => ({
  'rust/plugin-manifest.yaml': MANIFEST.replace('1.0.0', version),
  'rust/plugin.mjs': PLUGIN.replace("version: '1.0.0'", `version: '${version}'`),
});

describe('bundle', () => {
  test('gives the same bytes in another folder, at another time, in another time zone', async () => {
    const [one, other] = [workplace(GOOD), workplace(GOOD)];
    utimesSync(join(other.cwd, 'rust/plugin.mjs'), 1, 1);
    expect(await one.run(['bundle', 'rust'], { TZ: 'Asia/Tokyo' })).toMatchObject({ code: 0, stderr: '' });
    expect(await other.run(['bundle', 'rust', '--out', '.'], { TZ: 'America/Lima' })).toMatchObject({ code: 0 });
    const [first, second] = [
      readFileSync(join(one.cwd, 'rust/rust-1.0.0.zip')),
      readFileSync(join(other.cwd, 'rust-1.0.0.zip')),
    ];
    expect(first.equals(second)).toBe(true);
  });

  test('writes version and date into the manifest, and keeps its remarks', async () => {
    const place = workplace({ ...GOOD, 'rust/plugin-manifest.yaml': `# ours\n${MANIFEST}` });
    const options = ['--plugin-version', '2.0.0-rc1', '--build-date', '2026-01-02T030405Z', '--out-filename', 'x.zip'];
    expect((await place.run(['bundle', 'rust', ...options])).stdout).toContain('rust 2.0.0-rc1');
    await place.run(['install', 'rust/x.zip']);
    const [sha256 = ''] = readdirSync(join(place.store, 'content'));
    const manifest = readFileSync(join(place.store, 'content', sha256, 'files/plugin-manifest.yaml'), 'utf8');
    expect(manifest).toBe('# ours\nname: rust\nversion: 2.0.0-rc1\nbuild_date: 2026-01-02T030405Z\n');
  });

  test.each([
    ['no manifest', { 'rust/plugin.mjs': PLUGIN }, 'there is no plugin-manifest.yaml in'],
    ['no entry', { 'rust/plugin-manifest.yaml': MANIFEST }, 'the plugin has no plugin.mjs'],
    [
      'an entry that is left out',
      { ...GOOD, 'rust/.racetrackignore': '*.mjs\n' },
      '.racetrackignore leaves out plugin.mjs',
    ],
  ] as const)('%s: says so', async (_name, files, message) => {
    const { code, stderr } = await workplace(files as Files).run(['bundle', 'rust']);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toMatch(/^hint: /m);
  });
});

describe('install', () => {
  test('a ZIP or a folder: tells what it is before it runs, then lists what it brings', async () => {
    const place = workplace(GOOD);
    await place.run(['bundle', 'rust']);
    const { code, stdout } = await place.run(['install', 'rust/rust-1.0.0.zip']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^plugin {2}rust 1\.0\.0\norigin {2}\/.*\/rust-1\.0\.0\.zip\nsha256 {2}[0-9a-f]{64}\n/);
    expect(stdout).toContain('It runs with the rights of Racetrack: install only what you trust.');
    expect(stdout).toContain('job types: rust:1.0.0');
    expect((await place.run(['install', 'rust'])).code).toBe(0);
    expect((await place.run(['list'])).stdout).toMatch(/^rust {2}1\.0\.0 {2}job-type {2}\/.*\/rust$/);
    const types = (await place.run(['list', '--job-types'])).stdout;
    expect(types).toMatch(/^rust:1\.0\.0 +plugin rust 1\.0\.0 +A function in Rust\.$/m);
    expect(types).toMatch(/^python3:\S+ +built in/m);
    expect(readdirSync(join(place.store, 'content'))).toHaveLength(1);
    expect(place.leftOvers()).toEqual([]);
  });

  test('several versions stand side by side; --replace leaves one', async () => {
    const place = workplace(versioned('1.0.0'));
    await place.run(['install', 'rust']);
    writeFiles(place.cwd, versioned('1.1.0'));
    await place.run(['install', 'rust']);
    expect(place.installed()).toEqual(['rust/1.0.0.json', 'rust/1.1.0.json']);
    expect((await place.run(['uninstall', 'rust'])).stderr).toContain('in several versions: rust 1.0.0, rust 1.1.0');
    writeFiles(place.cwd, versioned('1.2.0'));
    expect((await place.run(['install', 'rust', '--replace'])).code).toBe(0);
    expect(place.installed()).toEqual(['rust/1.2.0.json']);
    expect(readdirSync(join(place.store, 'content'))).toHaveLength(1);
  });

  test('the same version again takes the place of the first', async () => {
    const place = workplace(GOOD);
    await place.run(['install', 'rust']);
    writeFiles(place.cwd, { 'rust/more.txt': 'more' });
    await place.run(['install', 'rust']);
    const [sha256 = '', ...others] = readdirSync(join(place.store, 'content'));
    expect(others).toEqual([]);
    expect(existsSync(join(place.store, 'content', sha256, 'files/more.txt'))).toBe(true);
  });

  test('what is installed can be got back, configured and removed', async () => {
    const place = workplace({ ...GOOD, 'config.yaml': 'token: s3cret\n', 'bad.yaml': 'a: [', 'out/.keep': '' });
    await place.run(['bundle', 'rust']);
    await place.run(['install', 'rust/rust-1.0.0.zip']);
    await place.run(['download', 'rust', '--out', 'out']);
    const [given, got] = ['rust', 'out'].map((folder) => readFileSync(join(place.cwd, folder, 'rust-1.0.0.zip')));
    expect(got).toEqual(given);
    expect((await place.run(['config', 'rust'])).stdout).toBe('');
    const set = await place.run(['config', 'rust', '1.0.0', '--set', 'config.yaml']);
    expect(set.stdout).not.toContain('s3cret');
    expect((await place.run(['config', 'rust', '--set', 'bad.yaml'])).stderr).toContain('bad.yaml:1:');
    expect((await place.run(['config', 'rust'])).stdout).toBe('token: s3cret');
    expect(statSync(join(place.store, 'config/rust/1.0.0/config.yaml')).mode & 0o777).toBe(0o600);
    expect((await place.run(['uninstall', 'rust', '1.0.0'])).code).toBe(0);
    expect([place.installed(), readdirSync(join(place.store, 'content'))]).toEqual([[], []]);
    expect((await place.run(['list'])).stdout).toBe('no plugins are installed');
    await place.run(['install', 'rust']);
    expect((await place.run(['config', 'rust'])).stdout).toBe('token: s3cret');
  });

  test.each([
    ['uninstall', 'rast', '1.0.0'],
    ['uninstall', 'rust', '9.9.9'],
    ['download', '../../etc'],
    ['config', 'rust', '../../../etc/passwd'],
  ])('%s %s %s: says what is installed', async (...args) => {
    const place = workplace(GOOD);
    await place.run(['install', 'rust']);
    const { code, stderr } = await place.run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the plugin .* is not installed\nhint: {2}installed are: rust 1\.0\.0$/);
  });
});

describe('whatever happens on the way', () => {
  test('several installations at once do not disturb each other', async () => {
    const place = workplace();
    const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
    for (const version of versions) {
      const files = Object.entries(versioned(version)).map(([path, text]) => [path.replace('rust', version), text]);
      writeFiles(place.cwd, Object.fromEntries(files));
    }
    expect(await Promise.all(versions.map((version) => place.tryInstall(version)))).toEqual(
      versions.map(() => undefined),
    );
    expect(place.installed()).toEqual(versions.map((version) => `rust/${version}.json`));
    expect(place.leftOvers()).toEqual([]);
  });

  test('an installation that is killed leaves the old plugin or the new one, whole', async () => {
    const place = workplace(versioned('1.0.0'));
    await place.tryInstall('rust');
    for (const [index, delay] of [100, 250, 400, 600, 800].entries()) {
      writeFiles(place.cwd, { 'rust/more.txt': String(index) });
      const running = place.start(['install', 'rust']);
      await new Promise((resolve) => setTimeout(resolve, delay));
      running.kill();
      await running.outcome;
      const [receipt] = JSON.parse((await place.run(['list', '--json'])).stdout) as { sha256: string }[];
      const files = join(place.store, 'content', receipt?.sha256 ?? '', 'files');
      expect(readdirSync(files)).toEqual(expect.arrayContaining(['plugin-manifest.yaml', 'plugin.mjs']));
    }
    expect(await place.tryInstall('rust')).toBeUndefined();
  });

  test('a plugins folder that cannot be written to is named', async () => {
    const place = workplace({ ...GOOD, file: '' });
    const { code, stderr } = await place.run(['install', 'rust'], {
      RACETRACK_PLUGINS: join(place.cwd, 'file/plugins'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: plugins cannot be kept in .*file\/plugins: ENOTDIR/);
    expect(stderr).toContain('RACETRACK_PLUGINS');
    const relative = await place.run(['list'], { RACETRACK_PLUGINS: 'plugins' });
    expect(relative.stderr).toContain('RACETRACK_PLUGINS is plugins, which is not an absolute path');
  });
});

const plugin = (entry: string, manifest = MANIFEST): Files => ({
  'plugin-manifest.yaml': manifest,
  'plugin.mjs': entry,
});
const withHook = (hook: string) =>
  `import { definePlugin, defineJobType } from 'racetrack/plugin';\nexport default definePlugin({ ${hook} });\n`;

describe('a broken plugin is refused, and the installed one stays', () => {
  test.each([
    ['no manifest', { 'plugin.mjs': PLUGIN }, 'this is no plugin: it has no plugin-manifest.yaml'],
    ['no entry', { 'plugin-manifest.yaml': MANIFEST }, 'the plugin has no plugin.mjs'],
    ['a manifest that is no YAML', plugin(PLUGIN, 'name: ['), 'reading plugin manifest: plugin-manifest.yaml:1:'],
    ['a manifest that is empty', plugin(PLUGIN, ''), 'is not a mapping of fields'],
    ['no name', plugin(PLUGIN, 'version: 1.0.0\n'), 'name: is required'],
    [
      'a name that is a path',
      plugin(PLUGIN, 'name: ../a\nversion: 1.0.0\n'),
      'plugin-manifest.yaml:1:7 name: must be made of',
    ],
    [
      'a version that is a path',
      plugin(PLUGIN, 'name: a\nversion: 1.0.0/../x\n'),
      'plugin-manifest.yaml:2:10 version: must be',
    ],
    ['an unknown key', plugin(PLUGIN, `${MANIFEST}priorty: 3\n`), '3:1 priorty: unknown key; did you mean "priority"?'],
    ['a wrong category', plugin(PLUGIN, `${MANIFEST}category: jobs\n`), '"job-type" or "infrastructure" or "core"'],
    ['a wrong range', plugin(PLUGIN, `${MANIFEST}racetrack: yesterday\n`), 'racetrack: must be a range of versions'],
    [
      'another host',
      plugin(PLUGIN, `${MANIFEST}racetrack: ">=99"\n`),
      `the plugin rust 1.0.0 needs Racetrack >=99, but this is ${packageVersion()}`,
    ],
    ['a syntax error', plugin('export default {\n  a b\n};\n'), 'plugin.mjs:2: SyntaxError: '],
    ['a missing import', plugin("import 'no-such-package';\n"), "Cannot find package 'no-such-package'"],
    ['no default export', plugin('export const a = 1;\n'), 'plugin.mjs has no default export'],
    ['an export that is no plugin', plugin('export default 3;\n'), 'a plugin is an object with hooks'],
    ['a throw', plugin("\nthrow new Error('odd');\n"), 'plugin.mjs:2: odd'],
    [
      'an early end',
      plugin("console.log('bye');\nprocess.exit(7);\n"),
      'ended with exit code 7, after it printed:\nbye',
    ],
    ['an await that never ends', plugin('await new Promise(() => {});\n'), 'an await that never ends'],
    ['a hook nobody knows', plugin(withHook('jobTyps: () => []')), 'there is no hook jobTyps: did you mean jobTypes?'],
    ['a hook that is no function', plugin(withHook('jobTypes: []')), 'the hook jobTypes is no function'],
    ['a hook that gives something else', plugin(withHook('jobTypes: () => ({})')), 'the hook jobTypes gives no list'],
    ['a job type that is none', plugin(withHook('jobTypes: () => [{ name: "A B" }]')), 'its name "A B" is not made of'],
  ] as const)('%s', async (_name, files, message) => {
    const place = workplace(GOOD);
    await place.tryInstall('rust');
    writeFileSync(join(place.cwd, 'broken.zip'), await zipOf(files as Files));
    const error = await place.tryInstall('broken.zip', { replace: true });
    expect(error?.message).toContain(message);
    expect(error?.message).not.toMatch(/^ {4}at /m);
    expect(error?.hint).toBeTruthy();
    expect([place.installed(), place.leftOvers()]).toEqual([['rust/1.0.0.json'], []]);
    expect(readdirSync(join(place.store, 'content'))).toHaveLength(1);
  });

  test('an endless import is ended', async () => {
    const place = workplace(plugin('for (;;);\n'));
    const { code, stderr } = await place.run(['install', '.']);
    expect(code).toBe(1);
    expect(stderr).toContain('it took longer than 10 s: look for an endless loop');
    expect([place.installed(), place.leftOvers()]).toEqual([[], []]);
  });

  test('memory without end is ended', async () => {
    const place = workplace(plugin('const all = [];\nfor (;;) all.push(new Array(1e6).fill(1.5));\n'));
    const { code, stderr } = await place.run(['install', '.']);
    expect(code).toBe(1);
    expect(stderr).toContain('it needs more than 512 MB of memory');
  });

  test('a ZIP that leads out of its folder', async () => {
    const place = workplace();
    writeFileSync(join(place.cwd, 'evil.zip'), hostileZip([{ name: '../../../evil.txt', content: 'evil' }]));
    const { code, stderr } = await place.run(['install', 'evil.zip']);
    expect(code).toBe(1);
    expect(stderr).toContain('the ZIP is refused: "../../../evil.txt" leads out of the plugin');
    expect([place.installed(), place.leftOvers()]).toEqual([[], []]);
    expect(existsSync(join(place.store, 'evil.txt'))).toBe(false);
  });

  test('a job type that another plugin defines already', async () => {
    const place = workplace({
      ...GOOD,
      'copy/plugin-manifest.yaml': 'name: copy\nversion: 2.0.0\n',
      'copy/plugin.mjs': PLUGIN,
    });
    await place.run(['install', 'rust']);
    const { code, stderr } = await place.run(['install', 'copy']);
    expect(code).toBe(1);
    expect(stderr).toContain('the job type rust:1.0.0 of copy 2.0.0 is defined by the plugin rust 1.0.0 already');
    expect(place.installed()).toEqual(['rust/1.0.0.json']);
  });

  test('a job type that Racetrack has itself', async () => {
    const own = PLUGIN.replace("name: 'rust'", "name: 'python3'").replace(
      "version: '1.0.0'",
      `version: '${packageVersion()}'`,
    );
    const place = workplace({ ...GOOD, 'rust/plugin.mjs': own });
    expect((await place.run(['install', 'rust'])).stderr).toContain('is defined by Racetrack itself already');
  });

  test('a second version of an infrastructure plugin, unless it takes the place of the first', async () => {
    const entry = withHook('infrastructureTargets: () => ({ moon: {} })');
    const place = workplace(plugin(entry, 'name: moon\nversion: 1.0.0\ncategory: infrastructure\n'));
    expect((await place.run(['install', '.'])).stdout).toContain('infrastructure targets: moon');
    writeFiles(place.cwd, { 'plugin-manifest.yaml': 'name: moon\nversion: 1.1.0\ncategory: infrastructure\n' });
    expect((await place.run(['install', '.'])).stderr).toContain('moon is installed already, in version 1.0.0');
    expect((await place.run(['install', '.', '--replace'])).code).toBe(0);
    expect(place.installed()).toEqual(['moon/1.1.0.json']);
  });
});

describe('allowed plugins', () => {
  const rogue = "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.env.MARK, '');\nexport default {};\n";

  test('a plugin that is not allowed is refused before any of its code runs', async () => {
    const place = workplace(plugin(rogue));
    writeFiles(place.store, { 'allowed-plugins.yaml': 'names: [java]\n' });
    const mark = join(place.cwd, 'mark');
    const { code, stderr } = await place.run(['install', '.'], { MARK: mark });
    expect(code).toBe(1);
    expect(stderr).toMatch(/the plugin rust 1\.0\.0 is not allowed here\nhint: .*has the sha256 [0-9a-f]{64}/);
    expect(existsSync(mark)).toBe(false);
    writeFiles(place.store, { 'allowed-plugins.yaml': 'names: [java, rust]\n' });
    expect((await place.run(['install', '.'], { MARK: mark })).code).toBe(0);
    expect(existsSync(mark)).toBe(true);
  });

  test('by the hash of the ZIP', async () => {
    const place = workplace(GOOD);
    const [, sha256 = ''] = /sha256 {2}(\w+)/.exec((await place.run(['install', 'rust'])).stdout) ?? [];
    writeFiles(place.cwd, { 'allowed.yaml': `sha256:\n  - ${sha256}\n` });
    const env = { RACETRACK_ALLOWED_PLUGINS: join(place.cwd, 'allowed.yaml') };
    expect((await place.run(['install', 'rust'], env)).code).toBe(0);
    writeFiles(place.cwd, { 'rust/more.txt': '' });
    expect((await place.run(['install', 'rust'], env)).stderr).toContain('is not allowed here');
  });

  test('by a signature; a changed byte, or another key, is refused', async () => {
    const [ours, theirs] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const pem = (pair: typeof ours) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const place = workplace({ ...GOOD, 'ours.pem': pem(ours), 'theirs.pem': pem(theirs) });
    const key = ours.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    writeFiles(place.store, { 'allowed-plugins.yaml': `public_keys: ["${key}"]\n` });
    const bundle = (name: string, ...options: string[]) =>
      place.run(['bundle', 'rust', '--out-filename', name, ...options]);
    await bundle('none.zip');
    await bundle('theirs.zip', '--sign', 'theirs.pem');
    await bundle('ours.zip', '--sign', 'ours.pem');
    const changed = readFileSync(join(place.cwd, 'rust/ours.zip'));
    changed[changed.indexOf('FROM rust:1')] = 0x46 ^ 1;
    writeFileSync(join(place.cwd, 'rust/changed.zip'), changed);
    for (const name of ['none.zip', 'theirs.zip', 'changed.zip']) {
      const { code, stderr } = await place.run(['install', `rust/${name}`]);
      expect([name, code]).toEqual([name, 1]);
      expect(stderr).toMatch(/is not allowed here|is damaged/);
    }
    expect((await place.run(['install', 'rust/ours.zip'])).stderr).toBe('');
    expect(place.installed()).toEqual(['rust/1.0.0.json']);
  });

  test.each([
    ['names: rust\n', 'names: expected a list'],
    ['nmaes: [rust]\n', 'did you mean "names"?'],
    ['sha256: [abc]\n', 'must be 64 hexadecimal digits'],
    ['- rust\n', 'it is not a mapping of fields'],
    ['a: [\n', 'allowed-plugins.yaml:2:'],
  ])('a setting that cannot be read allows nothing: %j', async (text, message) => {
    const place = workplace(GOOD);
    writeFiles(place.store, { 'allowed-plugins.yaml': text });
    const error = await place.tryInstall('rust');
    expect(error?.message).toContain('the allowed plugins cannot be read from');
    expect(error?.message).toContain(message);
    expect(place.installed()).toEqual([]);
  });

  test('a file that is named but not there allows nothing', async () => {
    const place = workplace(GOOD);
    const env = { RACETRACK_ALLOWED_PLUGINS: join(temporaryFolder(), 'gone.yaml') };
    expect((await place.run(['install', 'rust'], env)).stderr).toContain('there is no such file');
  });
});
