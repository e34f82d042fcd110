/** Owns the list of shims that the tests of the protocol drive, and the same small jobs written for each. */
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Jobs by what they do; the input of each is an object. */
type JobName =
  | 'adds numbers'
  | 'cannot be imported'
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
  /** What starts the shim; the path of the job's file comes last. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly jobs: Readonly<Record<JobName, string>>;
}

export const PYTHON: Shim = {
  language: 'python',
  file: 'entrypoint.py',
  command: ['python3', join(ROOT, 'jobtypes/python3/shim/start.py')],
  jobs: {
    'adds numbers': 'class Adder:\n    def perform(self, numbers):\n        return sum(numbers)\n',
    'cannot be imported': 'import no_such_module_anywhere\n',
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
  command: [process.execPath, '--enable-source-maps', join(ROOT, 'dist/nodejs-shim.js')],
  jobs: {
    'adds numbers':
      'export class Adder {\n  perform({ numbers }: { numbers: number[] }) {\n    return numbers.reduce((sum, each) => sum + each, 0);\n  }\n}\n',
    'cannot be imported': "import 'no_such_module_anywhere';\n",
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

export const SHIMS: readonly Shim[] = [PYTHON, NODEJS];
