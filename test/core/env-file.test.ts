/** Files of KEY=value lines: what is read, and what is refused without repeating a secret. */
import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../wrapper/core/env-file.ts';
import { UserError } from '../../wrapper/core/errors.ts';

const parse = (text: string) => parseEnvFile(text, 'secrets.env');

describe('a line', () => {
  test.each([
    ['A=1', '1'],
    ['A = 1 ', '1'],
    ['  A=1', '1'],
    ['A=', ''],
    ['A=""', ''],
    ['A="x y"', 'x y'],
    ["A=' x '", ' x '],
    ['A="it\'s"', "it's"],
    ['A="half', '"half'],
    ['A="', '"'],
    ['A="x" y', '"x" y'],
    ['A=p%ss%(w)s%%', 'p%ss%(w)s%%'],
    ['A=x # y', 'x # y'],
    ['A=x ; y', 'x ; y'],
    ['A=b=c==', 'b=c=='],
    ['A=https://host:80/$B?q=1', 'https://host:80/$B?q=1'],
    ['A=\\n', '\\n'],
  ])('%j', (line, value) => {
    expect(parse(line)).toEqual({ A: value });
  });
});

test('blank lines and remarks are left out, line ends and order do not matter, keys keep their case', () => {
  expect(parse('\uFEFF# remark\r\n\r\n  ; another\r\nfoo=1\rFoo=2\n\nb.c-D=3')).toEqual({
    foo: '1',
    Foo: '2',
    'b.c-D': '3',
  });
});

test('an empty file has no variables', () => expect(parse('')).toEqual({}));

test('names of members of JavaScript objects are plain keys', () => {
  const variables = parse('__proto__=1\nconstructor=2');
  expect(Object.entries(variables)).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
});

describe('what is refused', () => {
  test.each([
    ['A=1\nhunter2', 'secrets.env:2 has no "="', 'each line is KEY=value'],
    ['[hunter2]', 'secrets.env:1 has no "="', 'each line is KEY=value'],
    ['=hunter2', 'secrets.env:1 what stands before "=" is not the name of a variable', 'a name is made of'],
    ['1A=hunter2', 'secrets.env:1 what stands before "="', 'a name is made of'],
    ['hunter2 x=1', 'secrets.env:1 what stands before "="', 'a name is made of'],
    ['export A=hunter2', 'secrets.env:1 what stands before "="', 'without "export"'],
    ['A=hunter2\n\nA=hunter2', 'secrets.env:3 A is given a second time', 'the first one is in line 1'],
  ])('%j', (text, message, hint) => {
    let error: unknown;
    try {
      parse(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    const shown = error as UserError;
    expect([shown.message, shown.hint]).toEqual([expect.stringContaining(message), expect.stringContaining(hint)]);
    expect(`${shown.message} ${shown.hint}`).not.toContain('hunter2');
  });
});
