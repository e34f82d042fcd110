/** From an entrypoint to a program: which packages are taken, what is compiled when, and what is told where that fails. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findCompiled } from '../../../jobtypes/golang/compiled.ts';
import { readFailure } from '../../../jobtypes/golang/compiler-output.ts';
import { findPackage } from '../../../jobtypes/golang/job-package.ts';
import { goLauncher } from '../../../jobtypes/golang/launcher.ts';
import { COMPILE_LIMIT, call, describeGo, failureOf, folderWith, removeFolder, settle, startGo } from './go-jobs.ts';

const WORKS = 'package job\n\nfunc Perform() (string, error) { return "fine", nil }\n';
const MODULE = 'module example.com/job\n\ngo 1.21\n';

describe('entrypoints', () => {
  test('are Go files, and folders that hold some', () => {
    const folder = folderWith({ 'perform.go': WORKS, 'empty/readme.md': '', 'module/go.mod': MODULE });
    expect(goLauncher.takes(join(folder, 'perform.go'), 'file')).toBe(true);
    expect(goLauncher.takes(join(folder, 'perform.py'), 'file')).toBe(false);
    expect(goLauncher.takes(folder, 'folder')).toBe(true);
    expect(goLauncher.takes(join(folder, 'module'), 'folder')).toBe(true);
    expect(goLauncher.takes(join(folder, 'empty'), 'folder')).toBe(false);
    expect(goLauncher.takes(join(folder, 'none'), 'folder')).toBe(false);
    removeFolder(folder);
  });

  test('are the package of their module, or one file alone', () => {
    const folder = folderWith({ 'go.mod': MODULE, 'deep/perform.go': WORKS });
    const inside = findPackage(join(folder, 'deep/perform.go'), {});
    expect(inside).toMatchObject({ folder: join(folder, 'deep'), file: undefined, moduleFolder: folder });
    rmSync(join(folder, 'go.mod'));
    expect(findPackage(join(folder, 'deep/perform.go'), {})).toMatchObject({ moduleFolder: undefined });
    removeFolder(folder);
  });
});

describeGo('packages that are served', () => {
  const forms: [title: string, files: Record<string, string>, entrypoint: string][] = [
    [
      'a package main with a function main of its own',
      {
        'go.mod': MODULE,
        'main.go': `${WORKS.replace('package job', 'package main')}\nfunc main() { panic("not called") }\n`,
      },
      'main.go',
    ],
    [
      'a lone file beside other programs',
      { 'perform.go': WORKS, 'other.go': 'package main\n\nfunc main() { Perform() }\n' },
      'perform.go',
    ],
    [
      'a folder without a module',
      {
        'perform.go': 'package job\n\nfunc Perform() string { return answer }\n',
        'b.go': 'package job\n\nconst answer = "fine"\n',
      },
      '.',
    ],
    [
      'an internal package below a module, with another package of it',
      {
        'go.mod': MODULE,
        'internal/job/perform.go':
          'package job\n\nimport "example.com/job/internal/words"\n\nfunc Perform() string { return words.Fine }\n',
        'internal/words/words.go': 'package words\n\nconst Fine = "fine"\n',
      },
      'internal/job',
    ],
    [
      'vendored and replaced modules',
      {
        'go.mod': `${MODULE}\nrequire (\n\texample.com/a v0.0.0\n)\n\nreplace example.com/a => ./a\n`,
        'perform.go': 'package job\n\nimport "example.com/a"\n\nfunc Perform() string { return a.Fine }\n',
        'a/go.mod': 'module example.com/a\n\ngo 1.21\n',
        'a/a.go': 'package a\n\nconst Fine = "from the module"\n',
        'vendor/modules.txt':
          '# example.com/a v0.0.0 => ./a\n## explicit; go 1.21\nexample.com/a\n# example.com/a => ./a\n',
        'vendor/example.com/a/a.go': 'package a\n\nconst Fine = "fine"\n',
      },
      'perform.go',
    ],
    [
      'a module of a workspace',
      {
        'go.work': 'go 1.21\n\nuse (\n\t./job\n\t./a\n)\n',
        'job/go.mod': `${MODULE}\nrequire example.com/a v0.0.0\n`,
        'job/perform.go': 'package job\n\nimport "example.com/a"\n\nfunc Perform() string { return a.Fine }\n',
        'a/go.mod': 'module example.com/a\n\ngo 1.21\n',
        'a/a.go': 'package a\n\nconst Fine = "fine"\n',
      },
      'job',
    ],
  ];
  test.each(forms)(
    '%s',
    async (_title, files, entrypoint) => {
      const job = await startGo(files, { entrypoint });
      try {
        expect(await settle(job), job.logs()).toMatchObject({ status: 200 });
        expect(await call(job, '')).toMatchObject({ status: 200, text: '"fine"' });
        const left = readdirSync(job.folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
        expect(left.filter((entry) => entry.isFile())).toHaveLength(Object.keys(files).length);
      } finally {
        await job.stop();
        removeFolder(job.folder);
      }
    },
    COMPILE_LIMIT,
  );
});

describeGo('a compiled program', () => {
  let folder: string;
  let cache: string;
  const env = () => ({ ...process.env, RACETRACK_CACHE: cache });
  const file = (name: string) => join(folder, name);
  const found = (changed: Record<string, string> = {}) => {
    const given = { ...env(), ...changed };
    return findCompiled(findPackage(file('perform.go'), given), given);
  };
  const compile = async () => {
    const request = { entrypoint: file('perform.go'), folder, env: env() };
    const launch = await goLauncher.open(request);
    const job = await launch.configure(undefined);
    if (!('prepare' in job)) throw new Error('a Go job is prepared');
    const output: string[] = [];
    const { command } = await job.prepare({
      onOutput: ({ message }) => output.push(message),
      signal: new AbortController().signal,
    });
    return { command, early: launch.early?.command, output };
  };

  beforeAll(async () => {
    cache = mkdtempSync(join(tmpdir(), 'racetrack-go-cache-'));
    folder = folderWith({
      'go.mod': `${MODULE}\nrequire example.com/a v0.0.0\n\nreplace example.com/a => ./a\n`,
      'a/go.mod': 'module example.com/a\n\ngo 1.21\n',
      'a/a.go': 'package a\n\nconst Fine = "fine"\n',
      'perform.go':
        'package job\n\nimport (\n\t"embed"\n\n\t"example.com/a"\n)\n\n//go:embed pages\nvar pages embed.FS\n\nfunc Perform() string { return a.Fine }\n',
      'pages/deep/one.txt': '1',
    });
    expect(found()).toBeUndefined();
    const first = await compile();
    expect([first.early, first.command]).toEqual([undefined, found()]);
  }, COMPILE_LIMIT);
  afterAll(() => {
    removeFolder(folder);
    removeFolder(cache);
  });
  afterEach(() => expect(found(), 'each test leaves the files as they were').toBeDefined());

  test('is found again at once, and started early', async () => {
    const again = await compile();
    expect([again.early, again.output]).toEqual([again.command, []]);
  });

  test.each(['perform.go', 'a/a.go', 'go.mod', 'a/go.mod', 'pages/deep/one.txt'].filter((name) => name !== 'a/go.mod'))(
    'is not taken once %s has another content',
    (name) => {
      const before = readFileSync(file(name), 'utf8');
      writeFileSync(file(name), `${before}\n`);
      expect(found()).toBeUndefined();
      writeFileSync(file(name), before);
    },
  );

  test.each(['b.go', 'a/b.go', 'pages/two.txt', 'pages/deep/two.txt', 'go.sum', 'go.work'])(
    'is not taken once there is a new file %s',
    (name) => {
      writeFileSync(file(name), '');
      expect(found()).toBeUndefined();
      rmSync(file(name));
    },
  );

  test.each(['job_test.go', 'readme.md', 'other/x.go'])('does not care for %s', (name) => {
    mkdirSync(file('other'), { recursive: true });
    writeFileSync(file(name), 'package x\n');
    expect(found()).toBeDefined();
    rmSync(file(name));
  });

  test('does not care for times: the content counts', () => {
    utimesSync(file('perform.go'), new Date(), new Date(0));
    expect(found()).toBeDefined();
  });

  test('belongs to its compiler and its settings', () => {
    expect(found({ GOFLAGS: '-tags=other' })).toBeUndefined();
    const other = folderWith({ go: '#!/bin/sh\n' });
    chmodSync(join(other, 'go'), 0o755);
    expect(found({ PATH: other })).toBeUndefined();
    removeFolder(other);
  });

  test('is gone when its file is', () => {
    const program = found() as string;
    const content = readFileSync(program);
    rmSync(program);
    expect(found()).toBeUndefined();
    writeFileSync(program, content, { mode: 0o755 });
  });
});

describeGo('starts that fail', () => {
  const failures: [title: string, code: string, error: RegExp, log: RegExp][] = [
    [
      'no Perform',
      'package job\n\nfunc perform() {}\n',
      /^perform\.go:3: func perform cannot be called/,
      /hint: rename it/,
    ],
    [
      'two inputs',
      'package job\n\nfunc Perform(a, b int) int { return a }\n',
      /perform\.go:3: func Perform: it takes more than one input; expected func\(input map/,
      /Initialization error/,
    ],
    [
      'an endpoint that is no function',
      `${WORKS}\nfunc AuxiliaryEndpoints() map[string]any { return map[string]any{"/x": 5} }\n`,
      /the endpoint "\/x" of AuxiliaryEndpoints is no function/,
      /Initialization error/,
    ],
    [
      'an Init that says why',
      `${WORKS}\nimport "errors"\n\nfunc Init() error { return errors.New("no model") }\n`
        .replace(WORKS, 'package job\n')
        .concat('\nfunc Perform() {}\n'),
      /^Init: no model$/,
      /Initialization error: Init: no model/,
    ],
    [
      'an Init that panics',
      `${WORKS}\nfunc Init() { panic("no model") }\n`,
      /^Init: no model, cause=panic, traceback=\S+\/perform\.go:5$/,
      /Initialization error/,
    ],
    [
      'an example that has no JSON',
      `${WORKS}\nfunc DocsInputExample() any { return make(chan int) }\n`,
      /invalid docs input example: .*cannot be encoded to JSON/,
      /Initialization error/,
    ],
    [
      'a package that nobody has',
      'package job\n\nimport "example.com/nowhere"\n\nfunc Perform() { nowhere.Go() }\n',
      /perform\.go:3:8: .*example\.com\/nowhere/,
      /hint: run go get/,
    ],
    [
      'a mistake in the grammar',
      'package job\n\nfunc Perform( {\n',
      /perform\.go:3:15: syntax error/,
      /ERROR \.\/perform\.go:3:15/,
    ],
    [
      'another type of a hook',
      `${WORKS}\nfunc Shutdown(now bool) {}\n`,
      /Shutdown has to be func Shutdown\(\)/,
      /Initialization/,
    ],
  ];
  test.each(failures)(
    '%s',
    async (_title, code, expected, log) => {
      const { error, logs } = await failureOf(
        { 'perform.go': code, 'go.mod': MODULE },
        { env: { GOFLAGS: '-mod=readonly', GOPROXY: 'off' } },
      );
      expect(error).toMatch(expected);
      expect(logs).toMatch(log);
    },
    COMPILE_LIMIT,
  );

  test.each([
    ['too old', 'echo \'{"GOVERSION":"go1.20.3"}\'', /is go1\.20\.3: too old for Racetrack/],
    ['broken', 'echo "no room" >&2; exit 2', /go does not work: no room/],
  ])('a Go that is %s', async (_title, script, expected) => {
    const bin = folderWith({ go: `#!/bin/sh\n${script}\n` });
    chmodSync(join(bin, 'go'), 0o755);
    const { error, logs } = await failureOf({ 'perform.go': WORKS }, { env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(error).toMatch(expected);
    expect(logs).toMatch(/hint: install Go 1\.21 or newer/);
    removeFolder(bin);
  });

  test(
    'a package that panics before it can be asked',
    async () => {
      const { error, logs } = await failureOf({ 'perform.go': `${WORKS}\nfunc init() { panic("too early") }\n` });
      expect(error).toMatch(/ended with exit code 2/);
      expect(logs).toContain('panic: too early');
    },
    COMPILE_LIMIT,
  );
});

describe('what the compiler prints', () => {
  const place = { folder: '/jobs/a/deep', base: '/jobs/a' };
  test.each([
    ['dial tcp 1.2.3.4:443: connect: connection refused', /GOPROXY/],
    ['missing go.sum entry for module providing package x', /go mod tidy/],
    ['go: go.mod requires go >= 1.99 (running go 1.26; GOTOOLCHAIN=local)', /newer Go/],
    ['cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH', /CGO_ENABLED=0/],
    ['./perform.go:1:1: something else', /mend the code/],
  ])('%s', (line, hint) => {
    expect(readFailure(`# example.com/job\n${line}\n`, place).hint).toMatch(hint);
  });

  test('names files as seen from the job’s folder', () => {
    const output =
      '# example.com/job [example.com/job.test]\n./perform.go:1:2: a\n../b.go:3:4: b\n\thave (int)\n../../c.go:5:6: c\n';
    expect(readFailure(output, place).lines).toEqual([
      './deep/perform.go:1:2: a',
      './b.go:3:4: b',
      '\thave (int)',
      '/jobs/c.go:5:6: c',
    ]);
  });
});
