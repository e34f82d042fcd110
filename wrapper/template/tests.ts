/** Owns what may follow `is` in a template. */
import { areEqual, asNumber, Callable, contains, isList, isMapping, Missing, order, type Value } from './values.ts';

type Test = (value: Value, operand: Value) => boolean;

export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', (value) => !(value instanceof Missing)],
  ['undefined', (value) => value instanceof Missing],
  ['none', (value) => value === null],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['boolean', (value) => typeof value === 'boolean'],
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number'],
  ['integer', (value) => Number.isInteger(value)],
  ['float', (value) => typeof value === 'number' && !Number.isInteger(value)],
  ['mapping', (value) => isMapping(value)],
  ['sequence', (value) => isList(value) || typeof value === 'string' || isMapping(value)],
  ['iterable', (value) => isList(value) || typeof value === 'string' || isMapping(value)],
  ['callable', (value) => value instanceof Callable],
  ['odd', (value) => Math.abs(asNumber(value) % 2) === 1],
  ['even', (value) => asNumber(value) % 2 === 0],
  ['divisibleby', (value, operand) => asNumber(value) % asNumber(operand) === 0],
  ['lower', (value) => typeof value === 'string' && value === value.toLowerCase()],
  ['upper', (value) => typeof value === 'string' && value === value.toUpperCase()],
  ['in', (value, operand) => contains(operand, value)],
  ...named(['eq', 'equalto', 'sameas'], areEqual),
  ...named(['ne'], (value, operand) => !areEqual(value, operand)),
  ...named(['lt', 'lessthan'], (value, operand) => order(value, operand) < 0),
  ...named(['le'], (value, operand) => order(value, operand) <= 0),
  ...named(['gt', 'greaterthan'], (value, operand) => order(value, operand) > 0),
  ...named(['ge'], (value, operand) => order(value, operand) >= 0),
]);

function named(names: readonly string[], test: Test): [string, Test][] {
  return names.map((name) => [name, test]);
}
