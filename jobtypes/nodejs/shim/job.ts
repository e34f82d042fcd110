/** Owns finding the job among what its file exports, and constructing it. */
import { basename } from 'node:path';
import type { Exports } from './loader.ts';

export type JobFunction = (...given: readonly unknown[]) => unknown;

/** The job, whatever form it has. */
export interface Job {
  /** For people: the name of the class or function, else of the file. */
  readonly name: string;
  /** Absolute path of its file. */
  readonly entrypoint: string;
  /** The export that it is; undefined for the default one, and for the module itself. */
  readonly exportName: string | undefined;
  /** What its functions are called on. */
  readonly self: object;
  /** A member that it defines, undefined when it has none. */
  member(name: MemberName): unknown;
}

/** What a job may define. */
const MEMBERS = [
  'perform',
  'input',
  'output',
  'description',
  'bodyMediaType',
  'docsInputExample',
  'docsInputExamples',
  'auxiliaryEndpoints',
  'staticEndpoints',
  'webviewApp',
  'metrics',
  'shutdown',
] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Members that make an object or a module a job by themselves. */
const SERVING: readonly MemberName[] = ['perform', 'auxiliaryEndpoints', 'staticEndpoints', 'webviewApp'];

type Members = Readonly<Record<string, unknown>>;

/** Finds the job and constructs it if it is a class; `className` names an export, else the file's own form decides. */
export function createJob(exported: Exports, wanted: { className: string; entrypoint: string }): Job {
  const { entrypoint, className } = wanted;
  const file = basename(entrypoint);
  const named = namedExports(exported);
  const [exportName, value] = className === '' ? only(named, file) : [className, chosen(named, className, file)];
  const [name, self] = construct(value, named, file);
  if (!isObject(self)) throw new JobError(`${name} is no job: it is ${self === null ? 'null' : `a ${typeof self}`}`);
  return { name, entrypoint, exportName, self, member: (member) => (self as Members)[member] };
}

function construct(value: unknown, named: Exports, file: string): [name: string, self: unknown] {
  if (typeof value !== 'function') return [file, value];
  const name = value.name === 'default' ? file : value.name || file;
  return isClass(value) ? [name, new (value as new () => Members)()] : [name, { ...pick(named), perform: value }];
}

/** CommonJS: what the module has set is its default export, and that of compiled TypeScript is inside it. */
function namedExports(exported: Exports): Exports {
  const main = exported.default as Exports | undefined;
  return isObject(main) && main.__esModule === true ? main : exported;
}

function chosen(named: Exports, name: string, file: string): unknown {
  const main = named.default;
  if (name in named) return named[name];
  if (isObject(main) && name in main) return (main as Exports)[name];
  if (typeof main === 'function' && main.name === name) return main;
  throw new JobError(`${name} was not found: ${file} exports ${listOf(named)}`);
}

/** The job when no name was given, and the name of its export unless it is the default one or the module. */
function only(named: Exports, file: string): [exportName: string | undefined, value: unknown] {
  const main = named.default;
  if (typeof main === 'function' || (isObject(main) && serves(main as Members))) return [undefined, main];
  if (serves(named)) return [undefined, named];
  const classes = Object.entries(named).filter(([, value]) => typeof value === 'function' && isClass(value));
  const functions = Object.entries(named).filter(([, value]) => typeof value === 'function' && !isClass(value));
  const [first, second] = classes.length > 0 ? classes : functions;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    throw new JobError(`${file} exports several ${classes.length > 0 ? 'classes' : 'functions'}: ${listOf(named)}`, {
      hint: 'Name the one to serve after the file, or export it as default.',
    });
  }
  throw new JobError(`${file} exports nothing that can be served: it exports ${listOf(named)}`, {
    hint: 'Export a function perform(input), or a class or object that has one, as default.',
  });
}

const serves = (value: Members): boolean =>
  SERVING.some((name) => typeof value[name] === 'function' || isObject(value[name]));

/** A function is `perform`; the module may define the rest. */
function pick(named: Exports): Members {
  return Object.fromEntries(MEMBERS.filter((name) => name in named).map((name) => [name, named[name]]));
}

/** Also one that was compiled for old engines: a function whose prototype has members. */
function isClass(value: object): boolean {
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
  const { prototype } = value as { prototype?: object };
  return prototype !== undefined && Object.getOwnPropertyNames(prototype).some((name) => name !== 'constructor');
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function listOf(named: Exports): string {
  const names = Object.keys(named).filter((name) => name !== 'module.exports' && name !== '__esModule');
  return names.length === 0 ? 'nothing' : names.join(', ');
}

/** The job is not written as it has to be; the message is for its author. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly hint: string | undefined;

  constructor(message: string, { hint }: { hint?: string } = {}) {
    super(message);
    this.hint = hint;
  }
}
