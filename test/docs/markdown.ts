/** Owns reading the project's Markdown pages: their links, code spans, code blocks and headings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** One page, with its path seen from the project's folder. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The pages that people read: those of the project, of its documentation and of its samples. */
export function readPages(): Page[] {
  const docs = readdirSync(join(PROJECT, 'docs')).filter((name) => name.endsWith('.md'));
  const samples = readdirSync(join(PROJECT, 'sample'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const paths = [
    'README.md',
    'CHANGELOG.md',
    'sample/README.md',
    ...docs.map((name) => `docs/${name}`),
    ...samples.map(({ name }) => `sample/${name}/README.md`),
  ];
  return paths.map((path) => ({ path, text: readFileSync(join(PROJECT, path), 'utf8') }));
}

export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
}

/** What stands between single backticks, outside of code blocks. */
export function codeSpans(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Targets of links, outside of code. */
export function links(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]+`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that a page's headings make, as GitHub names them. */
export function anchors(text: string): string[] {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const withoutBlocks = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');
