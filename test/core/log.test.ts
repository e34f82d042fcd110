/** The log: the shape of its lines, that nobody can forge one, and a sink that no stuck reader holds up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger, type Fields, LEVELS, type LogSink, parseLevel } from '../../wrapper/core/log.ts';

function logged(options: Parameters<typeof createLogger>[1]) {
  let text = '';
  const sink: LogSink = {
    write: (line) => {
      text += line;
    },
    flush: async () => {},
    dropped: 0,
  };
  return { logger: createLogger(sink, options), text: () => text };
}

function line(message: string, fields?: Fields, options: { structured?: boolean; colors?: boolean } = {}): string {
  const { logger, text } = logged({ structured: false, ...options });
  logger.log('INFO', message, fields);
  return text();
}

const withoutTime = (text: string) => text.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] /, '');

describe('text lines', () => {
  test('start with the local time', () => {
    // The Swedish form of a date and time is the one wanted here.
    const now = () => new Date().toLocaleString('sv-SE');
    let before: string;
    let text: string;
    do {
      before = now();
      text = line('hello');
    } while (before !== now());
    expect(text).toBe(`[${before}] INFO  hello\n`);
  });

  test.each([
    ['DEBUG', 'DEBUG it'],
    ['INFO', 'INFO  it'],
    ['WARNING', 'WARN  it'],
    ['ERROR', 'ERROR it'],
    ['CRITICAL', 'CRIT  it'],
  ] as const)('%s is padded to five letters', (level, expected) => {
    const { logger, text } = logged({ structured: false });
    logger.log(level, 'it');
    expect(withoutTime(text())).toBe(`${expected}\n`);
  });

  test.each([
    ['a word', { a: 'b' }, 'm, a=b'],
    ['several, in their order', { z: 1, a: true, n: null }, 'm, z=1, a=true, n=null'],
    ['quotes around a value with a space', { a: 'b c' }, 'm, a="b c"'],
    ['quotes inside quotes', { a: 'b "c" d' }, 'm, a="b \\"c\\" d"'],
    ['an empty value', { a: '' }, 'm, a='],
    ['nothing for undefined', { a: undefined, b: 1 }, 'm, b=1'],
    ['an object as JSON', { a: { b: [1, null] } }, 'm, a={"b":[1,null]}'],
    ['an object with spaces inside', { a: { b: 'c d' } }, 'm, a="{\\"b\\":\\"c d\\"}"'],
    ['umlauts as they are', { größe: 'ä🙂' }, 'm, größe=ä🙂'],
    ['a tab as it is', { a: 'b\tc' }, 'm, a=b\tc'],
    ['line ends as escapes', { a: 'b\nc\r\n' }, 'm, a=b\\nc\\x0d\\n'],
    [
      'line ends in a key',
      { 'a\n[2026-01-01 00:00:00] ERROR forged': 1 },
      'm, a\\n[2026-01-01 00:00:00] ERROR forged=1',
    ],
  ] as [string, Fields, string][])('fields: %s', (_name, fields, expected) => {
    expect(withoutTime(line('m', fields))).toBe(`INFO  ${expected}\n`);
  });

  test('colours stand around the line, and change nothing else', () => {
    const colored = line('hello', { a: 'b c' }, { colors: true });
    expect(colored).toContain('\x1b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    expect(withoutTime(colored.replaceAll(/\x1b\[\d+m/g, ''))).toBe(withoutTime(line('hello', { a: 'b c' })));
  });
});

test('no message, key or value adds a line or a control character', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\n', '\r', '\x1b[2J', '\x85', '\x9b', '\u2028', '\u2029', '\x7f', '\x00', 'a', ' '), {
        maxLength: 6,
      })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(
      text,
      fc.dictionary(text, fc.oneof(text, fc.array(text))),
      fc.boolean(),
      (message, fields, structured) => {
        const whole = line(message, fields, { structured });
        expect(whole.endsWith('\n')).toBe(true);
        const one = whole.slice(0, -1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        expect(one).not.toMatch(structured ? /[\x00-\x1f]/ : /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/);
      },
    ),
  );
});

describe('structured lines', () => {
  test('are JSON with UTC microseconds, the whole name of the level, the message and the fields', () => {
    const { logger, text } = logged({ structured: true });
    logger.log('WARNING', 'a "b"\nc', { tracing_id: 't', n: 1, nested: { a: [1] }, none: undefined });
    const record = JSON.parse(text()) as { time: string };
    expect(Object.keys(record)).toEqual(['time', 'lvl', 'msg', 'tracing_id', 'n', 'nested']);
    expect(record).toMatchObject({ lvl: 'WARNING', msg: 'a "b"\nc', tracing_id: 't', n: 1, nested: { a: [1] } });
    expect(record.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Math.abs(Date.parse(record.time) - Date.now())).toBeLessThan(60_000);
  });

  test('keep time, level and message when a field has such a name', () => {
    expect(
      JSON.parse(line('mine', { msg: 'other', lvl: 'ERROR', time: 'never', a: 1 }, { structured: true })),
    ).toMatchObject({
      msg: 'mine',
      lvl: 'INFO',
      time: expect.stringMatching(/^\d{4}-/),
      a: 1,
    });
  });
});

describe('levels', () => {
  test.each(LEVELS.map((level, least) => ({ level, least })))('from $level on', ({ level, least }) => {
    const { logger, text } = logged({ structured: true, level });
    for (const each of LEVELS) logger.log(each, 'it');
    const shown = text()
      .trim()
      .split('\n')
      .map((each) => (JSON.parse(each) as { lvl: string }).lvl);
    expect(shown).toEqual(LEVELS.slice(least));
    expect(LEVELS.filter((each) => logger.shows(each))).toEqual(LEVELS.slice(least));
  });

  test.each([
    ['debug', 'DEBUG'],
    [' Info ', 'INFO'],
    ['warn', 'WARNING'],
    ['Warning', 'WARNING'],
    ['error', 'ERROR'],
    ['crit', 'CRITICAL'],
    ['FATAL', 'CRITICAL'],
    ['loud', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is read as %s', (text, level) => {
    expect(parseLevel(text)).toBe(level);
  });

  test('a line in its final form is written as it is, at any level', () => {
    const { logger, text } = logged({ structured: true, level: 'CRITICAL' });
    logger.verbatim('my own | line');
    expect(text()).toBe('my own | line\n');
  });
});
