/** Owns the proof that manifests are read as their authors meant them, and that no text can hang or harm the reader. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../wrapper/core/errors.ts';
import { formatFinding } from '../../wrapper/core/finding.ts';
import { loadManifest, ManifestError, parseManifest, readManifest } from '../../wrapper/core/manifest.ts';
import { locateManifest } from '../../wrapper/core/manifest-location.ts';
import { parseQuantity } from '../../wrapper/core/quantity.ts';
import { nearest } from '../../wrapper/core/suggestion.ts';

const GOOD = `name: adder
owner_email: sample@example.com
jobtype: python3:latest
git:
  remote: https://github.com/example/jobs
  directory: sample/python-class
version: 1.2.3-beta.1
jobtype_extra:
  entrypoint_path: adder.py
resources: {memory_min: 64Mi, memory_max: 1Gi, cpu_min: 10m, cpu_max: 1}
replicas: 2
runtime_env: {DEBUG: "1"}
public_endpoints: [/api/v1/perform]
`;

const top = realpathSync(mkdtempSync(join(tmpdir(), 'manifest-')));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let folders = 0;
function folderWith(files: Record<string, string | Uint8Array>): string {
  folders += 1;
  const folder = join(top, String(folders));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

const parse = (text: string) => parseManifest(text, { file: 'job.yaml' });
const lines = (text: string) => parse(text).findings.map(formatFinding);
/** Findings about other fields than the required ones. */
const remarks = (text: string) =>
  parse(text)
    .findings.filter(({ kind }) => kind !== 'missing')
    .map(formatFinding);

function failure(text: string): ManifestError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('a good manifest', () => {
  it('is taken without a finding, each value as written', () => {
    const { manifest, findings } = parse(GOOD);
    expect(findings).toEqual([]);
    expect(manifest).toMatchObject({
      name: 'adder',
      version: '1.2.3-beta.1',
      replicas: 2,
      resources: { memory_min: '64Mi', cpu_max: 1 },
      jobtype_extra: { entrypoint_path: 'adder.py' },
    });
  });

  it('may leave optional keys empty', () => {
    expect(lines(`${GOOD}labels:\n`)).toEqual([]);
    expect(parse(`${GOOD}labels:\n`).manifest).not.toHaveProperty('labels');
  });

  it('may use anchors and merge keys', () => {
    const { manifest, findings } = parse(`${GOOD}labels: {a: &a {x: 1}, b: {<<: *a, y: 2}}\n`);
    expect(findings).toEqual([]);
    expect(manifest.labels).toEqual({ a: { x: 1 }, b: { x: 1, y: 2 } });
  });
});

describe('findings', () => {
  it.each([
    ['replica: 3', 'job.yaml:1:1 replica: unknown key, it is ignored; did you mean "replicas"?'],
    [
      'git: {remote: "https://a.b/c", brnach: x}',
      'job.yaml:1:32 git.brnach: unknown key, it is ignored; did you mean "branch"?',
    ],
    ['colour_of_the_sky: blue', 'job.yaml:1:1 colour_of_the_sky: unknown key, it is ignored'],
    ['replicas: many', 'job.yaml:1:11 replicas: expected a number, but got the text "many"; it is ignored'],
    ['replicas: 51', 'job.yaml:1:11 replicas: must be at most 50'],
    ['replicas: 1.5', 'job.yaml:1:11 replicas: expected a whole number, but got the number 1.5; it is ignored'],
    ['name: my_job', 'job.yaml:1:7 name: must be made of letters, digits, "-" and "." (no underscores)'],
    ['jobtype: python3', 'job.yaml:1:10 jobtype: must look like name:version, such as python3:latest'],
    ['owner_email: me', 'job.yaml:1:14 owner_email: must be an e-mail address'],
    ['git: {remote: "git@github.com:a/b"}', 'job.yaml:1:15 git.remote: must be an https:// address'],
    ['version: one', 'job.yaml:1:10 version: must be three numbers, such as 1.2.3 or 1.2.3-beta'],
    ['image_type: podman', 'job.yaml:1:13 image_type: expected "docker", but got the text "podman"; it is ignored'],
    [
      'jobtype_extra: [a]',
      'job.yaml:1:16 jobtype_extra: expected a mapping (key: value), but got a list; it is ignored',
    ],
    ['public_endpoints: /x', 'job.yaml:1:19 public_endpoints: expected a list, but got the text "/x"; it is ignored'],
    [
      'resources: {memory_min: lots}',
      'job.yaml:1:25 resources.memory_min: must be a number with a unit, such as 512Mi, 2G or 500m',
    ],
    ['resources: {memory_min: 2Gi, memory_max: 1Gi}', 'job.yaml:1:12 resources: memory_min is above memory_max'],
    ['? [a, b]\n: 1', 'job.yaml:1:3 a key must be plain text'],
  ])('%s', (text, expected) => {
    expect(remarks(text)).toContain(expected);
  });

  it('names every missing field, so that a local run can do without', () => {
    const missing = parse('name: adder').findings;
    expect(missing.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'missing jobtype',
      'missing owner_email',
      'missing git',
    ]);
    expect(lines('').length).toBe(4);
  });

  it.each(['no', 'yes', 'on', 'true', '12', '1.5'])('takes the name %s as text and says to quote it', (word) => {
    const { manifest, findings } = parse(`name: ${word}`);
    expect(manifest.name).toBe(word);
    const [first] = findings.filter(({ path }) => path === 'name');
    expect(first && formatFinding(first)).toMatch(
      new RegExp(
        `^job\\.yaml:1:7 name: expected text, but an unquoted ${word} is a (boolean|number) in YAML; .*quote it: "${word}"$`,
      ),
    );
  });

  it('takes a numeric version from its source text', () => {
    const { manifest, findings } = parse('name: a\nversion: 1.0');
    expect(manifest.version).toBe('1.0');
    expect(findings.map(({ path, line, column }) => `${path} ${line}:${column}`)).toContain('version 2:10');
  });

  it('takes unquoted values of variables from their source text', () => {
    const { manifest, findings } = parse(`${GOOD}build_env: {A: yes, B: 0010, C: 1.10}`);
    expect(manifest.build_env).toEqual({ A: 'yes', B: '0010', C: '1.10' });
    expect(findings).toHaveLength(3);
  });

  it('leaves out only what has no use', () => {
    const { manifest } = parse(`${GOOD}system_dependencies: [git, [nested], 7]\nlables: {a: 1}`);
    expect(manifest.system_dependencies).toEqual(['git', '7']);
    expect(manifest).not.toHaveProperty('lables');
    expect(manifest.replicas).toBe(2);
  });

  it('reports a key given twice and lets the last one count', () => {
    const { manifest } = parse('name: a\nname: b');
    expect(manifest.name).toBe('b');
    expect(remarks('name: a\nname: b')).toEqual(['job.yaml:2:1 the key "name" is given twice: the last one counts']);
  });

  it.each([
    ['lang: python3:latest', { jobtype: 'python3:latest' }],
    ['python: {entrypoint_path: a.py}', { jobtype_extra: { entrypoint_path: 'a.py' } }],
    ['golang: {gomod: go.mod}', { jobtype_extra: { gomod: 'go.mod' } }],
    ['wrapper_properties: {site_title: T}', { jobtype_extra: { site_title: 'T' } }],
  ])('maps the old field in %s', (text, expected) => {
    const { manifest, findings } = parse(text);
    expect(manifest).toEqual(expected);
    expect(findings.filter(({ kind }) => kind === 'deprecated')).toHaveLength(1);
  });

  it('prefers the present name of a field to the old one', () => {
    const { manifest } = parse('lang: old:1\njobtype: new:2');
    expect(manifest).toEqual({ jobtype: 'new:2' });
  });
});

describe('unreadable text', () => {
  it.each([
    ['name: [a', 1],
    ['name: a\n\tversion: 1', 2],
    ['name: "open', 1],
    ['name: a\nb: *nowhere', 1],
    ['- a\n- b', 1],
    ['just words', 1],
    ['name: a\n---\nname: b', 2],
    ['a: &a [*a]', 1],
  ])('%j is an error with a place and a reason', (text, line) => {
    const error = failure(text);
    expect(error.message).toMatch(/^reading job manifest: job\.yaml:\d+:\d+ \S/);
    expect(error.position.line).toBeGreaterThanOrEqual(line);
  });
});

describe('hostile text', () => {
  it('ends alias bombs', () => {
    const rows = Array.from({ length: 12 }, (_, i) => `k${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    expect(failure(`k0: &a0 [x]\n${rows.join('\n')}`).message).toContain('alias');
  });

  it('lets no key reach the prototype of objects', () => {
    const text =
      'name: a\n__proto__: {polluted: 1}\nlabels: {__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}}';
    const { manifest, findings } = parse(text);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((manifest.labels as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(manifest)).toBe(Object.prototype);
    expect(findings.filter(({ message }) => message.includes('__proto__'))).toHaveLength(2);
  });

  it.each([
    ['open brackets', '['.repeat(20_000)],
    ['closed brackets', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['lists in lists', '- '.repeat(20_000)],
    ['explicit keys', '? '.repeat(20_000)],
    ['indented keys', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('ends levels without end of %s', (_, text) => {
    expect(failure(text).message).toContain('more than 100 levels');
  });

  it.each([
    ['documents', '---\n'.repeat(60_000)],
    ['closing brackets', ']'.repeat(250_000)],
    ['aliases', `a: &b\n${'- *b\n'.repeat(50_000)}`],
    ['directives', '%a\n'.repeat(80_000)],
    ['tags', `a: ${'!x '.repeat(80_000)}`],
  ])('ends long rows of %s', (_, text) => {
    expect(failure(text)).toBeInstanceOf(ManifestError);
  });

  it('ends text of 10 MB', () => {
    expect(failure('a: b\n'.repeat(2_000_000)).message).toContain('256 KiB');
  });

  it('reads twenty thousand unknown keys, and reports a bounded number', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `k${i}: x`).join('\n');
    const { manifest, findings } = parse(text);
    expect(manifest).toEqual({});
    expect(findings.length).toBeLessThanOrEqual(200);
  });

  it('gives a value or a ManifestError for any text', () => {
    const piece = fc.constantFrom(
      'name',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      "'",
      '|',
      '>',
      '#',
      '!!x ',
      '<<',
      '__proto__',
      'git',
      'replicas',
      '1',
      'no',
      '\t',
      '? ',
      '%',
      '\u0000',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          const { manifest, findings } = parse(given);
          JSON.stringify(manifest);
          for (const found of findings) expect(formatFinding(found)).toMatch(/^job\.yaml:\d+:\d+ /);
        } catch (error) {
          expect(error).toBeInstanceOf(ManifestError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives a manifest for any JSON object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('name', 'git', 'replicas', 'resources', 'jobtype_extra', 'x', '__proto__'),
          fc.jsonValue(),
        ),
        (given) => {
          const { manifest } = parse(JSON.stringify(given));
          expect(manifest.name === undefined || typeof manifest.name === 'string').toBe(true);
          expect(manifest.replicas === undefined || typeof manifest.replicas === 'number').toBe(true);
          expect(manifest).not.toHaveProperty('x');
        },
      ),
    );
  });
});

describe('files', () => {
  it('reads and names the file', async () => {
    const folder = folderWith({ 'job.yaml': 'name: a\nbogus: 1' });
    const { manifest, findings } = await readManifest(join(folder, 'job.yaml'));
    expect(manifest.name).toBe('a');
    expect(findings.map(formatFinding)).toContain('job.yaml:2:1 bogus: unknown key, it is ignored');
  });

  it('merges the manifest it extends, and finds mistakes in the right file', async () => {
    const folder = folderWith({
      'base.yaml': `${GOOD}labels: {a: 1, list: [1, 2]}\nbogus: 1`,
      'overlay/job.yaml': 'extends: ../base.yaml\nname: no\nlabels: {b: 2, list: [3]}\nreplicas: 70',
    });
    const { manifest, findings } = await readManifest(join(folder, 'overlay/job.yaml'), { relativeTo: folder });
    expect(manifest).toMatchObject({ name: 'no', version: '1.2.3-beta.1', labels: { a: 1, b: 2, list: [3] } });
    expect(manifest).not.toHaveProperty('extends');
    expect(findings.map(({ file, line, path }) => `${file}:${line} ${path}`).sort()).toEqual([
      'base.yaml:15 bogus',
      'overlay/job.yaml:2 name',
      'overlay/job.yaml:4 replicas',
    ]);
  });

  it.each([
    ['/etc/hostname', 'must be a relative path'],
    ['gone.yaml', 'there is no file'],
    ['..', 'there is no file'],
  ])('goes on without the base %s', async (base, message) => {
    const folder = folderWith({ 'job.yaml': `extends: ${base}\nname: a` });
    const { manifest, findings } = await readManifest(join(folder, 'job.yaml'));
    expect(manifest).toEqual({ name: 'a' });
    expect(findings[0]).toMatchObject({ path: 'extends', line: 1, message: expect.stringContaining(message) });
  });

  it('allows one level of files', async () => {
    const folder = folderWith({ 'job.yaml': 'extends: b.yaml', 'b.yaml': 'name: b\nextends: job.yaml' });
    const { manifest, findings } = await readManifest(join(folder, 'job.yaml'));
    expect(manifest).toEqual({ name: 'b' });
    expect(findings.map(formatFinding).find((line) => line.startsWith('b.yaml:2:1 extends: '))).toContain(
      'may not itself extend',
    );
  });

  it('lets no base reach the prototype of objects', async () => {
    const folder = folderWith({
      'job.yaml': 'extends: b.yaml\nlabels: {__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}}',
      'b.yaml': 'labels: {__proto__: {polluted: 2}}',
    });
    const { manifest } = await readManifest(join(folder, 'job.yaml'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((manifest.labels as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['no file', undefined, 'there is no such file'],
    ['text that is not UTF-8', new Uint8Array([0x6e, 0x3a, 0x20, 0xff, 0xfe]), 'not valid'],
    ['a file of 10 MB', 'a: b\n'.repeat(2_000_000), 'larger than 256 KiB'],
  ])('fails on %s', async (_, content, message) => {
    const folder = folderWith(content === undefined ? {} : { 'job.yaml': content });
    const reading = readManifest(join(folder, 'job.yaml'));
    await expect(reading).rejects.toThrow(ManifestError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(/^reading job manifest: job\.yaml: /);
  });

  it('accepts the old file name with a finding', async () => {
    const folder = folderWith({ 'fatman.yaml': GOOD });
    const { manifest, findings } = await loadManifest(locateManifest({ env: {}, cwd: folder }));
    expect(manifest.name).toBe('adder');
    expect(findings.map(formatFinding)).toEqual([
      'fatman.yaml:1:1 the file name fatman.yaml is out of use; rename it to job.yaml',
    ]);
  });
});

describe('where the manifest comes from', () => {
  const folder = folderWith({
    'job.yaml': 'name: top',
    'other.yaml': 'name: other',
    'work/jobs/adder/job.yaml': 'name: adder',
    'work/jobs/adder/src/adder.py': '',
    'work/bare.py': '',
  });
  const work = join(folder, 'work');
  const env = { JOB_MANIFEST_YAML: 'name: env\\njobtype_extra:\\n  home_page: /hi' };
  const nameOf = async (search: Parameters<typeof locateManifest>[0]) => {
    const location = locateManifest(search);
    return { name: (await loadManifest(location)).manifest.name, folder: location.folder };
  };

  it('is the path given first, whatever else there is', async () => {
    expect(await nameOf({ manifestPath: 'other.yaml', env, cwd: folder })).toEqual({ name: 'other', folder });
  });

  it('is then the environment, with line ends spelt out', async () => {
    expect(await nameOf({ env, cwd: folder })).toEqual({ name: 'env', folder });
    const { manifest } = await loadManifest(locateManifest({ env, cwd: folder }));
    expect(manifest.jobtype_extra).toEqual({ home_page: '/hi' });
  });

  it('is then the working folder', async () => {
    expect(await nameOf({ env: {}, cwd: folder, entrypoint: 'work/jobs/adder/src/adder.py' })).toEqual({
      name: 'top',
      folder,
    });
  });

  it('is then a folder between the entrypoint and the working folder', async () => {
    const expected = { name: 'adder', folder: join(work, 'jobs/adder') };
    expect(await nameOf({ env: {}, cwd: work, entrypoint: 'jobs/adder/src/adder.py' })).toEqual(expected);
    expect(await nameOf({ env: {}, cwd: work, entrypoint: join(work, 'jobs/adder/src/adder.py') })).toEqual(expected);
  });

  it('is never looked for above the working folder', async () => {
    expect(await nameOf({ env: {}, cwd: work, entrypoint: 'bare.py' })).toEqual({ name: undefined, folder: work });
    expect(locateManifest({ env: { JOB_MANIFEST_YAML: ' ' }, cwd: work }).kind).toBe('none');
  });

  it('names a given path that does not exist only when it is read', async () => {
    const location = locateManifest({ manifestPath: 'gone.yaml', env: {}, cwd: folder });
    await expect(loadManifest(location)).rejects.toThrow('reading job manifest: gone.yaml: there is no such file');
  });
});

describe('quantities', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    [2.5, 2.5],
    ['500m', 0.5],
    ['1.5k', 1500],
    ['64Mi', 64 * 1024 * 1024],
    ['1Gi', 1024 ** 3],
    ['2G', 2e9],
    ['1E', 1e18],
    ['1e3', 1000],
    ['.5', 0.5],
  ])('%s is %d', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '-1',
    'Mi',
    '1 Gi',
    '1gi',
    '1mi',
    '1Kii',
    '1K',
    '1e999',
    'NaN',
    '1_000',
    '0x10',
    Number.POSITIVE_INFINITY,
  ])('%j is none', (text) => {
    expect(() => parseQuantity(text)).toThrow(UserError);
  });

  it('reads any number with any unit, and refuses any other text with the same error', () => {
    const units = fc.constantFrom(
      '',
      'E',
      'P',
      'T',
      'G',
      'M',
      'k',
      'm',
      'u',
      'n',
      'p',
      'Ei',
      'Pi',
      'Ti',
      'Gi',
      'Mi',
      'Ki',
    );
    fc.assert(
      fc.property(
        fc.nat(),
        units,
        (amount, unit) => parseQuantity(`${amount}${unit}`) === amount * parseQuantity(`1${unit}`),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.float()), (given) => {
        try {
          expect(parseQuantity(given)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe('suggestions', () => {
  it.each([
    ['replica', 'replicas'],
    ['verison', 'version'],
    ['Jobtype', 'jobtype'],
    ['gti', 'git'],
    ['zebra', undefined],
  ])('%s means %s', (word, expected) => {
    expect(nearest(word, ['replicas', 'version', 'jobtype', 'git', 'resources'])).toBe(expected);
  });
});
