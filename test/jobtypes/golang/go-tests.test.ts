/** The Go sources: formatted, without findings of `go vet`, and their own tests, each as one of these. */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPILE_LIMIT, describeGo, GO } from './go-jobs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'jobtypes/golang');
const OTHERS = ['sample/golang-function', 'sample/golang-typed', 'test/jobtypes/golang/jobs/everything'];
/** A workspace or flags of the machine are not meant for these modules. */
const env = { ...process.env, GOWORK: 'off', GOFLAGS: '-buildvcs=false' };

interface Event {
  readonly Action: string;
  readonly Package: string;
  readonly Test?: string;
  readonly Output?: string;
}

/** What `go test` says of every test; none when there is no Go. */
function runTests(): { name: string; passed: boolean; output: string }[] {
  if (GO === undefined) return [];
  const { stdout } = spawnSync(GO, ['test', '-json', './...'], { cwd: FOLDER, encoding: 'utf8', env });
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Event);
  return events
    .filter(({ Action, Test }) => Test !== undefined && ['pass', 'fail', 'skip'].includes(Action))
    .map(({ Action, Package, Test }) => ({
      name: `${Package.split('/').at(-1)}: ${Test}`,
      passed: Action === 'pass',
      output: events
        .filter((event) => event.Package === Package && event.Test === Test)
        .map(({ Output = '' }) => Output)
        .join(''),
    }));
}

const results = runTests();

describeGo('the Go tests', () => {
  test('were found', () => expect(results.length).toBeGreaterThan(20));

  test.each(results)('$name', ({ passed, output }) => {
    expect(passed, output).toBe(true);
  });
});

describeGo('the Go sources', () => {
  test.each(['jobtypes/golang', ...OTHERS])(
    '%s is formatted, and go vet finds nothing',
    (folder) => {
      const cwd = join(ROOT, folder);
      const gofmt = join(dirname(realpathSync(GO as string)), 'gofmt');
      expect(spawnSync(gofmt, ['-l', '.'], { cwd, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
      const vet = spawnSync(GO as string, ['vet', './...'], { cwd, encoding: 'utf8', env });
      expect(vet.stderr).toBe('');
      expect(vet.status).toBe(0);
    },
    COMPILE_LIMIT,
  );
});
