/** Owns the rendering of templates: statements and text → the whole text. */
import { Evaluator } from './expressions.ts';
import { GLOBALS } from './methods.ts';
import { TemplateProblem } from './problem.ts';
import { Scope } from './scope.ts';
import { TemplateFolder, type Unit } from './source.ts';
import {
  type Assignment,
  type Block,
  describe,
  type FromImport,
  type Import,
  type Include,
  type Loop,
  type Node,
} from './syntax.ts';
import { asText, Callable, isTrue, itemsOf, kindOf, limited, type Mapping, textOf, type Value } from './values.ts';

/** Enough for every honest template, and reached within a second. */
const STEP_LIMIT = 1_000_000;

/** Renders a file with these variables. Throws a UserError that says where and what is wrong. */
export function renderTemplate(path: string, variables: Mapping): string {
  const folder = new TemplateFolder(path);
  const base = new Scope(new Scope(undefined, GLOBALS), Object.entries(variables));
  const run: Run = { folder, base, steps: 0 };
  try {
    return new Renderer(folder.main(path), run).renderAll(new Scope(base));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateProblem('grows without end: something is nested too deeply, or calls itself', {
      file: path,
      hint: 'look for a file that includes itself, or a macro that calls itself',
      cause: error,
    });
  }
}

/** What all files of one rendering share. */
interface Run {
  readonly folder: TemplateFolder;
  readonly base: Scope;
  steps: number;
}

/** The versions of each block, that of the most derived template first. */
type Blocks = Map<string, { renderer: Renderer; block: Block }[]>;

class Renderer {
  readonly file: string;
  private readonly unit: Unit;
  private readonly run: Run;
  private readonly blocks: Blocks;
  private readonly expressions: Evaluator;
  private parent: Unit | undefined;
  /** While a template that extends another one is gone through, only what it sets and defines counts. */
  private isBeingDefined = false;

  constructor(unit: Unit, run: Run, blocks: Blocks = new Map()) {
    this.unit = unit;
    this.file = unit.file;
    this.run = run;
    this.blocks = blocks;
    this.expressions = new Evaluator(this);
    for (const [name, block] of unit.blocks) {
      blocks.set(name, [...(blocks.get(name) ?? []), { renderer: this, block }]);
    }
  }

  renderAll(scope: Scope): string {
    const text = this.render(this.unit.tree, scope);
    this.isBeingDefined = false;
    return this.parent ? new Renderer(this.parent, this.run, this.blocks).renderAll(scope) : text;
  }

  spend(): void {
    this.run.steps += 1;
    if (this.run.steps > STEP_LIMIT) {
      throw new TemplateProblem(`takes more than ${STEP_LIMIT} steps`, { hint: 'look for loops within loops' });
    }
  }

  render(node: Node, scope: Scope): string {
    try {
      this.spend();
      return limited(this.statement(node, scope));
    } catch (error) {
      throw error instanceof TemplateProblem ? error.at(this.file, node) : error;
    }
  }

  private statement(node: Node, scope: Scope): string {
    switch (node.typename) {
      case 'Root':
      case 'NodeList':
        return node.children.map((child) => this.render(child, scope)).join('');
      case 'Output':
        return node.children.map((child) => this.output(child, scope)).join('');
      case 'If':
        if (isTrue(this.expressions.evaluate(node.cond, scope))) return this.render(node.body, scope);
        return node.else_ ? this.render(node.else_, scope) : '';
      case 'For':
        return this.loop(node, scope);
      case 'Block':
        return this.isBeingDefined ? '' : this.block(node.name.value, 0, scope);
      case 'Include':
        return this.include(node, scope);
      default:
        this.define(node, scope);
        return '';
    }
  }

  private define(node: Node, scope: Scope): void {
    switch (node.typename) {
      case 'Set':
        this.assign(node, scope);
        return;
      case 'Macro':
        scope.set(describe(node.name), this.expressions.macro(node, scope));
        return;
      case 'Extends':
        this.parent = this.load(node.template, scope);
        this.isBeingDefined = true;
        return;
      case 'Import':
        scope.set(describe(node.target), this.imported(node, scope).own());
        return;
      case 'FromImport':
        this.importNames(node, scope);
        return;
      default:
        throw new TemplateProblem(`this tag is not supported: ${node.typename}`, {
          hint: 'there are if, for, set, macro, call, filter, block, extends, include, import, from and raw',
        });
    }
  }

  private output(node: Node, scope: Scope): string {
    if (node.typename === 'TemplateData') return String(node.value);
    const value = this.expressions.evaluate(node, scope);
    try {
      if (value !== null) return textOf(value);
    } catch (error) {
      throw error instanceof TemplateProblem ? error.at(this.file, node) : error;
    }
    const name = describe(node);
    throw new TemplateProblem(`${name} is none: there is nothing to write`, {
      hint: `set it in the manifest, or write {{ ${name} or '…' }}`,
    }).at(this.file, node);
  }

  private loop({ arr, name, body, else_ }: Loop, scope: Scope): string {
    const items = itemsOf(this.expressions.evaluate(arr, scope));
    if (items.length === 0) return else_ ? this.render(else_, scope) : '';
    let text = '';
    for (const [index, item] of items.entries()) {
      const inner = new Scope(scope);
      inner.set('loop', progress(index, items.length));
      assignTo(name, item, inner);
      text = limited(text + this.render(body, inner));
    }
    return text;
  }

  private assign({ targets, value, body }: Assignment, scope: Scope): void {
    const source = body ?? value;
    if (!source) return;
    const result = this.expressions.evaluate(source, scope);
    const [target, ...others] = targets;
    if (target && others.length === 0) assignTo(target, result, scope);
    else unpack(targets, result, scope);
  }

  private block(name: string, version: number, scope: Scope): string {
    const found = this.blocks.get(name)?.[version];
    if (!found) throw new TemplateProblem(`block "${name}" has no block above it`, { hint: 'leave out super()' });
    const inner = new Scope(scope);
    inner.set('super', new Callable(() => this.block(name, version + 1, scope)));
    return found.renderer.render(found.block.body, inner);
  }

  private include({ template, ignoreMissing }: Include, scope: Scope): string {
    const unit = ignoreMissing ? this.find(template, scope) : this.load(template, scope);
    return unit ? new Renderer(unit, this.run).renderAll(new Scope(scope)) : '';
  }

  private importNames(node: FromImport, scope: Scope): void {
    const names = this.imported(node, scope).own();
    for (const entry of node.names.children) {
      const [name, alias] =
        entry.typename === 'Pair' ? [describe(entry.key), describe(entry.value)] : [describe(entry), describe(entry)];
      if (!Object.hasOwn(names, name)) {
        throw new TemplateProblem(`the imported file has no "${name}"`, { hint: 'it must set it, or define a macro' });
      }
      scope.set(alias, names[name] as Value);
    }
  }

  private imported({ template, withContext }: Import | FromImport, scope: Scope): Scope {
    const inner = new Scope(withContext ? scope : this.run.base);
    new Renderer(this.load(template, scope), this.run).renderAll(inner);
    return inner;
  }

  private load(template: Node, scope: Scope): Unit {
    const unit = this.find(template, scope);
    if (unit) return unit;
    const name = asText(this.expressions.evaluate(template, scope));
    throw new TemplateProblem(`there is no file "${name}" in the template's folder`, { hint: 'check the name' });
  }

  private find(template: Node, scope: Scope): Unit | undefined {
    return this.run.folder.find(asText(this.expressions.evaluate(template, scope)));
  }
}

function assignTo(target: Node, value: Value, scope: Scope): void {
  if (target.typename === 'Symbol') scope.set(target.value, value);
  else if (target.typename === 'Array' || target.typename === 'Group') unpack(target.children, value, scope);
  else throw new TemplateProblem(`${describe(target)} cannot be set`, { hint: 'only plain names can' });
}

function unpack(targets: readonly Node[], value: Value, scope: Scope): void {
  const items = itemsOf(value);
  if (items.length !== targets.length) {
    throw new TemplateProblem(`${kindOf(value)} with ${items.length} items does not fit ${targets.length} names`, {
      hint: 'go through the keys and values of a mapping with .items()',
    });
  }
  for (const [index, target] of targets.entries()) assignTo(target, items[index] as Value, scope);
}

function progress(index: number, length: number): Mapping {
  return {
    index: index + 1,
    index0: index,
    revindex: length - index,
    revindex0: length - index - 1,
    first: index === 0,
    last: index === length - 1,
    length,
    cycle: new Callable(({ positional }) => positional[index % Math.max(positional.length, 1)] ?? ''),
  };
}
