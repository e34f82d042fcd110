/** Owns the values of a template's expressions. */
import { applyFilter, testNames } from './filters.ts';
import { methodOf } from './methods.ts';
import { TemplateProblem } from './problem.ts';
import { Scope } from './scope.ts';
import {
  type Binary,
  type Call,
  type Compare,
  describe,
  type Filter,
  type Lookup,
  type Macro,
  type Node,
  type Pairs,
} from './syntax.ts';
import { TESTS } from './tests.ts';
import {
  type Args,
  areEqual,
  asNumber,
  Callable,
  contains,
  isList,
  isTrue,
  kindOf,
  limited,
  Missing,
  memberOf,
  order,
  present,
  textOf,
  type Value,
} from './values.ts';

/** What an expression needs of the template around it. */
interface Surroundings {
  readonly file: string;
  /** Counts a step; throws when there were too many. */
  spend(): void;
  /** The text of a body inside an expression, such as a macro's. */
  render(body: Node, scope: Scope): string;
}

export class Evaluator {
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Problems receive the place of the innermost expression that has one. */
  evaluate(node: Node, scope: Scope): Value {
    try {
      this.around.spend();
      return limited(this.compute(node, scope));
    } catch (error) {
      throw error instanceof TemplateProblem ? error.at(this.around.file, node) : error;
    }
  }

  /** A macro as something to call: its body sees the names around it, and its arguments. */
  macro({ args, body }: Macro, scope: Scope): Callable {
    const names = args.children.filter((child) => child.typename === 'Symbol').map((child) => child.value);
    const last = args.children.at(-1);
    const defaults = last?.typename === 'KeywordArgs' ? last.children : [];
    const all = [...names, ...defaults.map(({ key }) => describe(key))];
    return new Callable((given) => {
      const inner = new Scope(scope);
      for (const { key, value } of defaults) inner.set(describe(key), this.evaluate(value, scope));
      for (const name of names) inner.set(name, new Missing(name));
      for (const [name, value] of matched(all, given)) inner.set(name, value);
      return this.around.render(body, inner);
    });
  }

  private compute(node: Node, scope: Scope): Value {
    const of = (child: Node): Value => this.evaluate(child, scope);
    switch (node.typename) {
      case 'Literal':
        return literal(node.value);
      case 'Symbol':
        return named(node.value, scope);
      case 'Group':
        return node.children.length === 1 ? of(node.children[0] as Node) : node.children.map(of);
      case 'Array':
        return node.children.map(of);
      case 'Dict':
        return this.mapping(node, scope);
      case 'LookupVal':
        return memberOf(of(node.target), of(node.val), describe(node));
      case 'FunCall':
        return this.called(node, scope);
      case 'Filter':
        return this.filtered(node, scope);
      case 'InlineIf':
        if (isTrue(of(node.cond))) return of(node.body);
        return node.else_ ? of(node.else_) : '';
      case 'Not':
        return !isTrue(of(node.target));
      case 'Neg':
        return -asNumber(of(node.target));
      case 'Pos':
        return asNumber(of(node.target));
      case 'Compare':
        return this.compared(node, scope);
      case 'Is':
        return this.tested(node, scope);
      case 'Capture':
        return this.around.render(node.body, scope);
      case 'Caller':
        return this.macro(node, scope);
      default:
        return this.combined(node, scope);
    }
  }

  private combined(node: Node, scope: Scope): Value {
    if (!('left' in node)) throw new TemplateProblem(`this is not supported here: ${node.typename}`);
    if (rankOf(node) > 0) return this.calculation(node, scope);
    const left = this.evaluate(node.left, scope);
    const right = (): Value => this.evaluate(node.right, scope);
    if (node.typename === 'And') return isTrue(left) ? right() : left;
    if (node.typename === 'Or') return isTrue(left) ? left : right();
    if (node.typename === 'In') return contains(right(), left);
    if (node.typename === 'Concat') return textOf(left) + textOf(right());
    return calculated(node.typename, left, right());
  }

  /** From left to right, whatever order the parser's tree suggests: to it, `2 * 3 % 4` is `2 * (3 % 4)`. */
  private calculation(node: Binary, scope: Scope): Value {
    const [first, ...others] = inWrittenOrder(node);
    return others.reduce<Value>(
      (left, { operation, operand }) => calculated(operation, left, this.evaluate(operand, scope)),
      this.evaluate((first as Term).operand, scope),
    );
  }

  private mapping({ children }: Pairs, scope: Scope): Value {
    return Object.fromEntries(
      children.map(({ key, value }) => [textOf(this.evaluate(key, scope)), this.evaluate(value, scope)]),
    );
  }

  private called({ name, args }: Call, scope: Scope): Value {
    const target = name.typename === 'LookupVal' ? this.member(name, scope) : this.evaluate(name, scope);
    const known = present(target);
    if (known instanceof Callable) return known.call(this.arguments(args.children, scope));
    throw new TemplateProblem(`${describe(name)} is ${kindOf(known)} and cannot be called`, {
      hint: 'leave out the brackets',
    });
  }

  /** What is to be called as a member: something of the data itself, else a method of values of that kind. */
  private member(node: Lookup, scope: Scope): Value {
    const target = present(this.evaluate(node.target, scope));
    const key = this.evaluate(node.val, scope);
    const own = memberOf(target, key, describe(node));
    return own instanceof Callable ? own : (methodOf(target, key) ?? own);
  }

  private filtered({ name, args }: Filter, scope: Scope): Value {
    const [first, ...others] = args.children;
    const value = this.evaluate(first as Node, scope);
    return applyFilter(name.value, value, this.arguments(others, scope));
  }

  private arguments(nodes: readonly Node[], scope: Scope): Args {
    const named = new Map<string, Value>();
    const positional: Value[] = [];
    for (const node of nodes) {
      if (node.typename !== 'KeywordArgs') positional.push(present(this.evaluate(node, scope)));
      else for (const { key, value } of node.children) named.set(describe(key), present(this.evaluate(value, scope)));
    }
    return { positional, named };
  }

  private compared({ expr, ops }: Compare, scope: Scope): boolean {
    let left = this.evaluate(expr, scope);
    for (const { expr: operand, type } of ops) {
      const right = this.evaluate(operand, scope);
      if (!holds(type, left, right)) return false;
      left = right;
    }
    return true;
  }

  private tested({ left, right }: Binary, scope: Scope): boolean {
    const [test, operands] = right.typename === 'FunCall' ? [right.name, right.args.children] : [right, []];
    const name = test.typename === 'Literal' ? textOf(literal(test.value)).toLowerCase() : describe(test);
    const holdsFor = TESTS.get(name);
    if (!holdsFor) throw new TemplateProblem(`there is no test "${name}"`, { hint: `these there are: ${testNames()}` });
    const { positional } = this.arguments(operands, scope);
    return holdsFor(this.evaluate(left, scope), positional[0] ?? null);
  }
}

function named(name: string, scope: Scope): Value {
  const value = scope.get(name);
  return value === undefined ? new Missing(name) : value;
}

function literal(value: unknown): Value {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Value;
  throw new TemplateProblem('a regular expression is nothing that Jinja knows', { hint: 'use a text' });
}

/** Arguments by their names; `caller` is what a call block hands over. */
function matched(names: readonly string[], { positional, named }: Args): [string, Value][] {
  const extra = [...named.keys()].find((name) => name !== 'caller' && !names.includes(name));
  if (extra !== undefined) throw new TemplateProblem(`the macro has no argument "${extra}"`);
  if (positional.length > names.length) {
    throw new TemplateProblem(`the macro takes ${names.length} arguments, ${positional.length} are given`);
  }
  return [...positional.map((value, index): [string, Value] => [names[index] as string, value]), ...named];
}

function holds(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return areEqual(left, right);
  if (operator === '!=') return !areEqual(left, right);
  if (operator === '<') return order(left, right) < 0;
  if (operator === '<=') return order(left, right) <= 0;
  if (operator === '>') return order(left, right) > 0;
  if (operator === '>=') return order(left, right) >= 0;
  throw new TemplateProblem(`Jinja has no operator ${operator}`, { hint: 'use == or !=' });
}

/** An operand, and what joins it to those before it. */
interface Term {
  readonly operation: Binary['typename'];
  readonly operand: Node;
}

const RANKS: readonly (readonly string[])[] = [
  ['Add', 'Sub'],
  ['Mul', 'Div', 'FloorDiv', 'Mod'],
];

/** Operations of one rank are worked out from left to right; 0 for those that have none. */
const rankOf = (node: Node): number => RANKS.findIndex((names) => names.includes(node.typename)) + 1;

/** What is in brackets is a node of its own, so that the rest can be put in order. */
function inWrittenOrder(node: Binary): Term[] {
  const below = (child: Node): Term[] =>
    'left' in child && rankOf(child) === rankOf(node)
      ? inWrittenOrder(child)
      : [{ operation: node.typename, operand: child }];
  const [next, ...rest] = below(node.right);
  return [...below(node.left), { ...(next as Term), operation: node.typename }, ...rest];
}

function calculated(operation: Binary['typename'], one: Value, other: Value): Value {
  if (operation === 'Add' && typeof one === 'string' && typeof other === 'string') return one + other;
  if (operation === 'Add' && isList(one) && isList(other)) return [...one, ...other];
  const [left, right] = [asNumber(one), asNumber(other)];
  if (right === 0 && ['Div', 'FloorDiv', 'Mod'].includes(operation)) throw new TemplateProblem('divides by zero');
  if (operation === 'Add') return left + right;
  if (operation === 'Sub') return left - right;
  if (operation === 'Mul') return left * right;
  if (operation === 'Div') return left / right;
  if (operation === 'FloorDiv') return Math.floor(left / right);
  if (operation === 'Pow') return left ** right;
  return left - right * Math.floor(left / right);
}
