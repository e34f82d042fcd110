/** Owns the files of a template: the one that was named, and those in its folder that it includes. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { messageOf, UserError } from '../core/errors.ts';
import { TemplateProblem } from './problem.ts';
import { type Block, type Node, type NodeList, parseTemplate } from './syntax.ts';

const SIZE_LIMIT = 1024 * 1024;

export interface Unit {
  /** As messages show it. */
  readonly file: string;
  readonly tree: NodeList;
  readonly blocks: ReadonlyMap<string, Block>;
}

/** Reads every file once. */
export class TemplateFolder {
  private readonly folder: string;
  private readonly shown: string;
  private readonly units = new Map<string, Unit>();

  /** The folder of the template that was named. */
  constructor(path: string) {
    this.shown = dirname(path);
    this.folder = dirname(resolve(path));
  }

  /** The template that was named: it may stand anywhere. */
  main(path: string): Unit {
    return this.unit(resolve(path), path);
  }

  /** A further file by its name in the folder; undefined when there is none. */
  find(name: string): Unit | undefined {
    const path = resolve(this.folder, name);
    if (isAbsolute(name) || !isBelow(this.folder, path)) throw outside(name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
    if (!isBelow(realpathSync(this.folder), realpathSync(path))) throw outside(name);
    return this.unit(path, join(this.shown, name));
  }

  private unit(path: string, shown: string): Unit {
    const known = this.units.get(path);
    if (known) return known;
    const tree = parseTemplate(readText(path, shown), shown);
    const unit = { file: shown, tree, blocks: blocksOf(tree, shown) };
    this.units.set(path, unit);
    return unit;
  }
}

const outside = (name: string): TemplateProblem =>
  new TemplateProblem(`"${name}" is outside the template's folder`, {
    hint: 'put the file beside the template, or below, and name it from there',
  });

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function readText(path: string, shown: string): string {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (stats.size > SIZE_LIMIT) throw new Error('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EACCES: 'reading it is not permitted',
      ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no text in UTF-8',
    };
    throw new UserError(`the template ${shown} cannot be read: ${reasons[code ?? ''] ?? messageOf(cause)}`, {
      hint: `check the path; ${basename(shown)} must be a text file`,
      cause,
    });
  }
}

function blocksOf(tree: NodeList, file: string): ReadonlyMap<string, Block> {
  const blocks = new Map<string, Block>();
  const visit = (node: Node | null | undefined): void => {
    if (node?.typename === 'Block') {
      const name = node.name.value;
      if (blocks.has(name)) {
        throw new TemplateProblem(`there is a second block "${name}"`, { hint: 'give it another name' }).at(file, node);
      }
      blocks.set(name, node);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(tree);
  return blocks;
}

function childrenOf(node: Node | null | undefined): readonly (Node | null | undefined)[] {
  if (!node) return [];
  if (node.typename === 'NodeList' || node.typename === 'Root') return node.children;
  if (node.typename === 'If' || node.typename === 'For') return [node.body, node.else_];
  return 'body' in node ? [node.body] : [];
}
