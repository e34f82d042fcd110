/** Owns the proof that one job, written in every language, has one contract: the same document, and the same answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGo } from '../../jobtypes/golang/go-program.ts';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { BAD, type Case, GOOD } from './payloads.ts';

const JOBS = join(import.meta.dirname, 'jobs');
const CACHE = join(import.meta.dirname, '../../.cache/contract-test');
/** Go compiles, the first time and on a busy machine for minutes. */
const START_LIMIT = 180_000;
const GOLDEN = JSON.parse(readFileSync(join(import.meta.dirname, 'golden.json'), 'utf8'));

const LANGUAGES = [
  { language: 'Python', file: 'python/entrypoint.py' },
  { language: 'TypeScript', file: 'typescript/entrypoint.ts' },
  { language: 'TypeScript with zod', file: 'zod/entrypoint.ts' },
  { language: 'Go', file: 'golang/perform.go' },
];

const isAbsent = (language: string): boolean => language === 'Go' && findGo(process.env) === undefined;

describe.each(LANGUAGES)('$language', ({ language, file }) => {
  const absent = isAbsent(language);
  let job: WrapperUnderTest;
  beforeAll(async () => {
    if (absent) return;
    const entrypoint = join(JOBS, file);
    job = await startWrapper({ entrypoint, cwd: join(entrypoint, '..'), env: { RACETRACK_CACHE: CACHE } });
  }, START_LIMIT);
  afterAll(() => job?.stop());
  const check = absent
    ? (title: string, _body: unknown) => test.skip(`${title} (skipped: Go is not installed)`, () => {})
    : test;

  check('its OpenAPI document is valid', async () => {
    const result = await new Validator().validate({ ...(await documentOf(job)) });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  check('its operations and schemas are those of the contract', async () => {
    const { paths, components } = await documentOf(job);
    const operations = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v1/') && path !== '/api/v1/parameters')
      .map(([path, { post }]) => [path, { ...post, responses: { 200: post?.responses['200'] } }]);
    const own = Object.entries(components.schemas).filter(([name]) => !name.startsWith('Racetrack'));
    expect({ operations: Object.fromEntries(operations), schemas: Object.fromEntries(own) }).toEqual(GOLDEN);
  });

  for (const each of [...GOOD, ...BAD]) {
    check(each.title, async () => {
      expect(await answerOf(job, each)).toEqual({ status: each.status, body: each.answer });
    });
  }
});

interface Operation {
  readonly responses: Record<string, unknown>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

async function documentOf(job: WrapperUnderTest): Promise<Document> {
  return (await (await fetch(`${job.address}/openapi.json`)).json()) as Document;
}

async function answerOf(job: WrapperUnderTest, { endpoint = 'perform', body, headers }: Case) {
  const json = headers ?? (body instanceof FormData ? {} : { 'content-type': 'application/json' });
  const answer = await fetch(`${job.address}/api/v1/${endpoint}`, { method: 'POST', headers: json, body });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) };
}
