/** Owns the proof that the documentation is true: links lead somewhere, commands are accepted, examples answer as shown. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGo } from '../../jobtypes/golang/go-program.ts';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { anchors, codeBlocks, codeSpans, links, type Page, PROJECT, readPages } from './markdown.ts';
import { type Exchange, exchanges, parseCurl, splitWords, writesFile } from './shell.ts';

const pages = readPages();
const START_LIMIT = 60_000;
/** A program that is named by its command, image or address starts to run: its arguments have been accepted by then. */
const ACCEPTED_MS = 10_000;
/** Where the code of an example is saved, by the language of its block: the name stands in its first line. */
const FILES: Readonly<Record<string, string>> = {
  python: '# entrypoint.py',
  go: '// perform.go',
  ts: '// entrypoint.ts',
};
/** Options that make a command read its arguments and go no further. */
const INSTEAD: Record<string, readonly string[]> = { call: ['--curl'], verify: ['--list'] };

describe.each(pages)('$path', (page) => {
  test('links lead to pages, files and headings that exist', () => {
    expect(links(page.text).filter((target) => !leadsSomewhere(page, target))).toEqual([]);
  });

  test('paths in code spans exist', () => {
    const named = codeSpans(page.text).filter(looksLikeOurPath);
    expect(named.filter((path) => !existsSync(join(PROJECT, path.replace(/\*.*$/, ''))))).toEqual([]);
  });
});

test('the pages link to each other, so that there is something to check', () => {
  expect(pages.flatMap((page) => links(page.text)).length).toBeGreaterThan(40);
  expect(pages.flatMap((page) => codeSpans(page.text)).filter(looksLikeOurPath).length).toBeGreaterThan(40);
});

function leadsSomewhere(page: Page, target: string): boolean {
  if (/^https?:/.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
  if (!existsSync(join(PROJECT, path))) return false;
  return anchor === undefined || anchors(readFileSync(join(PROJECT, path), 'utf8')).includes(anchor);
}

/** `wrapper/http/front.ts`, `jobtypes/python3/shim/`, `sample/python-class`: below one of our folders. */
function looksLikeOurPath(span: string): boolean {
  return /^(wrapper|jobtypes|plugins|cli|docs|test|sample|scripts)\/[\w./*-]*$/.test(span);
}

describe('command lines', () => {
  const lines = [...new Set(pages.flatMap((page) => commandLines(page.text)))];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'racetrack-docs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('there are some', () => expect(lines.length).toBeGreaterThan(10));

  test.each(lines)(
    '%s',
    (line) => {
      const [command, ...args] = splitWords(line);
      // Where there is no such file the command gets no further than its arguments; a call is not made, but shown; nothing is verified.
      const script = join(PROJECT, `dist/${command}.js`);
      const { status, stderr } = spawnSync(process.execPath, [script, ...args, ...(INSTEAD[args[0] ?? ''] ?? [])], {
        cwd: folder,
        env: { ...process.env, RACETRACK_PLUGINS: join(folder, 'plugins') },
        encoding: 'utf8',
        input: '{}',
        timeout: ACCEPTED_MS,
      });
      expect(stderr).not.toMatch(/unknown (option|command)|invalid|missing required|too many arguments/);
      expect(status, stderr).not.toBe(2);
    },
    START_LIMIT,
  );
});

/** Lines of code blocks, and code spans, that begin with a command and have arguments; words in capitals and `…` stand for some. */
function commandLines(text: string): string[] {
  const lines = codeBlocks(text).flatMap((block) => block.text.split('\n'));
  return [...lines, ...codeSpans(text)]
    .map((line) => line.replace(/^\$ /, '').trim())
    .filter((line) => /^racetrack(-wrapper| plugin) \S+ \S/.test(line) && !/…|\b[A-Z]{4,}\b/.test(line));
}

const pagesWithExamples = pages.filter((page) => examples(page.text).length > 0);
describe.each(pagesWithExamples)('examples of $path', (page) => {
  for (const example of examples(page.text)) {
    if (example.file.endsWith('.go') && !findGo(process.env))
      describe.skip(`${example.title} (skipped: Go is not installed)`, () => replay(example));
    else describe(example.title, () => replay(example));
  }
});

test('there are examples to replay', () => {
  expect(pages.flatMap((page) => examples(page.text)).length).toBeGreaterThan(12);
});

interface Example {
  readonly title: string;
  readonly file: string;
  /** The `job.yaml` that stands right before the code. */
  readonly manifest: string | undefined;
  readonly code: string;
  readonly console: string;
}

/** Each `entrypoint.py`, `entrypoint.ts` or `perform.go` with the console block that follows it. */
function examples(text: string): Example[] {
  let code: string | undefined;
  let file = '';
  let manifest: string | undefined;
  const found: Example[] = [];
  for (const block of codeBlocks(text)) {
    if (block.language === 'yaml') manifest = block.text.startsWith('# job.yaml\n') ? block.text : undefined;
    const head = FILES[block.language];
    if (head !== undefined) {
      code = block.text.startsWith(`${head}\n`) ? block.text : undefined;
      file = head.slice(head.indexOf(' ') + 1);
    }
    if (block.language !== 'console' || code === undefined) continue;
    const [, name = 'job'] = [...code.matchAll(/^(?:class|package) (\w+)/gm)].at(-1) ?? [];
    found.push({ title: name, file, manifest, code, console: block.text });
    code = undefined;
    manifest = undefined;
  }
  return found;
}

/** Saves the code in a folder of its own, starts it, and makes the calls in their order. */
function replay({ file, manifest, code, console }: Example): void {
  let folder: string;
  let job: WrapperUnderTest;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'racetrack-docs-'));
    const entrypoint = join(folder, file);
    writeFileSync(entrypoint, code);
    if (file.endsWith('.ts')) symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    if (manifest !== undefined) writeFileSync(join(folder, 'job.yaml'), manifest);
    const classes = [...code.matchAll(/^class (\w+)/gm)].map(([, name = '']) => name);
    // Where a file defines several classes, the guide serves the last one.
    const className = classes.length > 1 ? { className: classes.at(-1) as string } : {};
    job = await startWrapper({ entrypoint, cwd: folder, ...className });
  }, START_LIMIT);
  afterAll(async () => {
    await job?.stop();
    rmSync(folder, { recursive: true });
  }, START_LIMIT);

  for (const exchange of exchanges(console)) {
    test(exchange.command, () => expectAnswer({ address: job.address, folder }, exchange));
  }
}

async function expectAnswer(
  { address, folder }: { address: string; folder: string },
  { command, answer }: Exchange,
): Promise<void> {
  if (writesFile(command, folder)) return;
  const call = parseCurl(command, folder);
  const response = await fetch(address + call.path, call.init);
  const body = (await response.text()).trimEnd();
  if (call.shown === 'body') {
    expect(body).toBe(answer);
    return;
  }
  const [head = '', shownBody = ''] = answer.split('\n\n');
  const [statusLine, ...headers] = head.split('\n');
  expect(`HTTP/1.1 ${response.status} ${response.statusText}`).toBe(statusLine);
  for (const header of headers) {
    const [name = '', value] = header.split(': ');
    expect(`${name}: ${response.headers.get(name)}`).toBe(`${name}: ${value}`);
  }
  expect(body).toBe(shownBody);
}
