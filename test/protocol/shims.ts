/** Owns the list of shims that the tests of the protocol drive, and the same small jobs written for each. */
import { join } from 'node:path';
import { compileText, GO } from '../jobtypes/golang/go-jobs.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Jobs by what they do; the input of each is an object. */
type JobName =
  | 'adds numbers'
  | 'fails in its constructor'
  | 'ends its process in its constructor'
  | 'never answers'
  | 'prints in every way'
  | 'closes its standard streams'
  | 'writes garbage into the connection';

export interface Shim {
  readonly language: string;
  /** Name of a job's file. */
  readonly file: string;
  /** What starts the shim with a job, whose source is in the file. */
  command(file: string, source: string): readonly [program: string, ...args: string[]];
  /** What the job that adds numbers is called. */
  readonly adder: string;
  /** What reaches the log of a text with odd characters: not every language has them all. */
  readonly oddLine: string;
  readonly jobs: Readonly<Record<JobName, string>>;
  /** A job that the process of the shim fails to import; a compiled one is not imported. */
  readonly unimportable?: string;
}

export const PYTHON: Shim = {
  language: 'python',
  file: 'entrypoint.py',
  unimportable: 'import no_such_module_anywhere\n',
  command: (file) => ['python3', join(ROOT, 'jobtypes/python3/shim/start.py'), file],
  adder: 'Adder',
  oddLine: '\udc80 odd \x00 bytes',
  jobs: {
    'adds numbers': 'class Adder:\n    def perform(self, numbers):\n        return sum(numbers)\n',
    'fails in its constructor': 'class Job:\n    def __init__(self):\n        raise SystemExit(0)\n',
    'ends its process in its constructor': 'import os\nclass Job:\n    def __init__(self):\n        os._exit(7)\n',
    'never answers': 'import time\nclass Job:\n    def perform(self):\n        time.sleep(600)\n',
    'prints in every way': `import os, sys
class Job:
    def perform(self, n):
        print("printed", n)
        sys.stdout.write("half a line")
        print("\\udc80 odd \\x00 bytes", file=sys.stderr)
        sys.stdout.buffer.write(bytes(range(256)))
        sys.stdout.buffer.flush()
        os.write(1, b"\\xff" * 1000)
        os.write(2, b"\\x00\\x01\\x02")
        return n
`,
    'closes its standard streams': `import os
class Job:
    def __init__(self):
        os.close(1)
        os.close(2)
    def perform(self):
        print("into nothing")
        return "fine"
`,
    'writes garbage into the connection':
      'import os\nclass Job:\n    def perform(self):\n        os.write(3, b"\\xff" * 64)\n        return 1\n',
  },
};

export const NODEJS: Shim = {
  language: 'nodejs',
  file: 'entrypoint.ts',
  unimportable: "import 'no_such_module_anywhere';\n",
  command: (file) => [process.execPath, '--enable-source-maps', join(ROOT, 'dist/nodejs-shim.js'), file],
  adder: 'Adder',
  oddLine: '\udc80 odd \x00 bytes',
  jobs: {
    'adds numbers':
      'export class Adder {\n  perform({ numbers }: { numbers: number[] }) {\n    return numbers.reduce((sum, each) => sum + each, 0);\n  }\n}\n',
    'fails in its constructor': 'export default class {\n  constructor() {\n    throw new RangeError("no");\n  }\n}\n',
    'ends its process in its constructor': 'export default class {\n  constructor() {\n    process.exit(7);\n  }\n}\n',
    'never answers': 'export const perform = () => new Promise(() => {});\n',
    'prints in every way': `import { writeSync } from 'node:fs';
export function perform({ n }: { n: number }) {
  console.log('printed', n);
  console.warn('\\udc80 odd \\x00 bytes');
  process.stdout.write('half a line');
  process.stdout.write(Buffer.from(Array.from({ length: 245 }, (_, at) => at)));
  writeSync(1, Buffer.alloc(1000, 0xff));
  writeSync(2, Buffer.from([0, 1, 2]));
  return n;
}
`,
    'closes its standard streams': `import { closeSync } from 'node:fs';
export default class {
  constructor() {
    closeSync(1);
    closeSync(2);
  }
  perform() {
    console.log('into nothing');
    process.stdout.write('nor here');
    return 'fine';
  }
}
`,
    'writes garbage into the connection':
      "import { writeSync } from 'node:fs';\nexport const perform = () => writeSync(3, Buffer.alloc(64, 0xff));\n",
  },
};

const GO_JOBS: Shim['jobs'] = {
  'adds numbers': `func Perform(in struct{ Numbers []int }) (sum int) {
	for _, number := range in.Numbers {
		sum += number
	}
	return sum
}`,
  'fails in its constructor': 'func Init() error { return errors.New("no") }\n\nfunc Perform() {}',
  'ends its process in its constructor': 'func Init() { os.Exit(7) }\n\nfunc Perform() {}',
  'never answers': 'func Perform() { select {} }',
  'prints in every way': `func Perform(ctx context.Context, in struct{ N int }) int {
	slog.InfoContext(ctx, fmt.Sprint("printed ", in.N))
	slog.WarnContext(ctx, "\\xff odd \\x00 bytes")
	bytes := make([]byte, 256)
	for at := range bytes {
		bytes[at] = byte(at)
	}
	os.Stdout.Write(bytes)
	os.Stdout.Write([]byte(strings.Repeat("\\xff", 1000)))
	os.Stderr.Write([]byte{0, 1, 2})
	return in.N
}`,
  'closes its standard streams': `func Init() {
	os.Stdout.Close()
	os.Stderr.Close()
}

func Perform() string {
	fmt.Println("into nothing")
	slog.Info("nor here")
	return "fine"
}`,
  'writes garbage into the connection': `func Perform() {
	syscall.Write(3, []byte(strings.Repeat("\\xff", 64)))
}`,
};

/** Go jobs are compiled before the tests; each has all the imports, and uses them. */
async function goShim(): Promise<Shim[]> {
  if (GO === undefined) return [];
  const imports = ['context', 'errors', 'fmt', 'log/slog', 'os', 'strings', 'syscall'];
  const uses = 'context.Background, errors.New, fmt.Sprint, slog.Info, os.Exit, strings.Repeat, syscall.Write'
    .split(', ')
    .map((name) => `var _ = ${name}`);
  const programs = new Map<string, string>();
  for (const [name, source] of Object.entries(GO_JOBS)) {
    const text = ['package job', ...imports.map((each) => `import "${each}"`), ...uses, source, ''].join('\n');
    programs.set(source, await compileText(name.replaceAll(' ', '-'), text));
  }
  const go: Shim = {
    language: 'go',
    file: 'perform.go',
    command: (_file, source) => [programs.get(source) as string],
    adder: 'Perform',
    oddLine: '\ufffd odd \x00 bytes',
    jobs: GO_JOBS,
  };
  return [go];
}

export const SHIMS: readonly Shim[] = [PYTHON, NODEJS, ...(await goShim())];
