/** Checks the whole way: a process reads the types once, and the answer is kept until a file changes. */
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeTypes, type TypeQuestion } from '../../../../jobtypes/nodejs/schema/describe-types.ts';
import { descriptionFile } from '../../../../jobtypes/nodejs/schema/description-cache.ts';
import { packageRoot } from '../../../../wrapper/core/package-root.ts';
import { writeFiles } from './describing.ts';

const JOB = `
import type { Input } from './input.ts';
export function perform(input: Input): number { return input.x }
`;

/** One for all, so that only the first has to compile the compiler. */
const cacheFolder = writeFiles({});

function jobWith(files: { readonly [path: string]: string }): TypeQuestion {
  const folder = writeFiles(files);
  const [name = ''] = Object.keys(files);
  return { entrypoint: join(folder, name), cacheFolder };
}

const simpleJob = (): TypeQuestion =>
  jobWith({ 'entrypoint.ts': JOB, 'input.ts': 'export interface Input { x: number }' });

const propertiesOf = async (question: TypeQuestion): Promise<unknown> =>
  (await describeTypes(question)).members.perform?.body.properties;

/** A change shows whatever the clock's step is. */
function change(file: string, text: string): void {
  writeFileSync(file, text);
  utimesSync(file, new Date(), new Date(Date.now() + 5_000));
}

describe('describing the types of a job', { timeout: 180_000 }, () => {
  test('reads them in a process of its own and keeps the answer', async () => {
    const question = { ...simpleJob(), cacheFolder: writeFiles({}) };
    const first = await describeTypes(question);
    expect(first.warnings).toEqual([]);
    expect(first.members.perform).toEqual({
      doc: null,
      body: {
        title: 'Payload',
        type: 'object',
        properties: { x: { type: 'number' } },
        required: ['x'],
        additionalProperties: true,
      },
      bodyRequired: true,
      parameters: [{ name: 'x', type: 'number' }],
      response: { type: 'number' },
      streaming: false,
    });
    const kept = descriptionFile(question.cacheFolder, question);
    writeFileSync(kept, readFileSync(kept, 'utf8').replaceAll('"doc":null', '"doc":"from the cache"'));
    expect((await describeTypes(question)).members.perform?.doc).toBe('from the cache');
  });

  test('sees a change in the file and in what it imports', async () => {
    const question = simpleJob();
    await describeTypes(question);
    change(join(question.entrypoint, '../input.ts'), 'export interface Input { x: number; y: string }');
    expect(await propertiesOf(question)).toEqual({ x: { type: 'number' }, y: { type: 'string' } });
    change(question.entrypoint, 'export function perform(input: { z: boolean }) {}');
    expect(await propertiesOf(question)).toEqual({ z: { type: 'boolean' } });
  });

  test('sees a change that neither size nor time shows', async () => {
    const question = simpleJob();
    const file = join(question.entrypoint, '../input.ts');
    await describeTypes(question);
    writeFileSync(file, 'export interface Input { y: number }');
    expect(await propertiesOf(question)).toEqual({ y: { type: 'number' } });
  });

  test('sees a package that is installed, and a tsconfig.json that appears', async () => {
    const question = jobWith({
      'entrypoint.ts': `import type { Size } from 'sizes';\nexport function perform(input: { size: Size; b: string | null }) {}`,
    });
    expect(await propertiesOf(question)).toMatchObject({ size: {} });
    const folder = join(question.entrypoint, '..');
    mkdirSync(join(folder, 'node_modules/sizes'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/sizes/package.json'), '{"name":"sizes","types":"index.d.ts"}');
    writeFileSync(join(folder, 'node_modules/sizes/index.d.ts'), "export type Size = 'small' | 'large';");
    expect(await propertiesOf(question)).toMatchObject({ size: { enum: ['small', 'large'] } });
    writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions":{"strict":false}}');
    expect(await propertiesOf(question)).toMatchObject({ b: { type: 'string' } });
  });

  test('knows the types that a schema of an installed package stands for', async () => {
    const question = jobWith({
      'entrypoint.ts': `
        import { z } from 'zod';
        const Input = z.object({ name: z.string(), tags: z.array(z.string()).optional(), level: z.enum(['low', 'high']) });
        type Input = z.infer<typeof Input>;
        export function perform(input: Input): { input: Input } { return { input } }
      `,
    });
    mkdirSync(join(question.entrypoint, '../node_modules'));
    symlinkSync(join(packageRoot(), 'node_modules/zod'), join(question.entrypoint, '../node_modules/zod'));
    const { members, schemas } = await describeTypes(question);
    expect(members.perform?.body).toMatchObject({
      properties: {
        name: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
        level: { enum: ['low', 'high'], type: 'string' },
      },
      required: ['name', 'level'],
    });
    expect(members.perform?.response).toMatchObject({ properties: { input: { $ref: '#/components/schemas/Input' } } });
    expect(Object.keys(schemas)).toEqual(['Input']);
  });

  test('knows what defineJob makes of schemas and functions', async () => {
    const question = jobWith({
      'entrypoint.ts': `
        import { defineJob, endpoint, file } from 'racetrack';
        import { z } from 'zod';
        export default defineJob({
          input: z.object({ numbers: z.array(z.number()) }),
          perform: async ({ numbers }, signal) => ({ total: numbers.length, aborted: signal.aborted }),
          auxiliaryEndpoints: {
            '/max': endpoint({ input: z.object({ list: z.string().array() }), handler: ({ list }) => list.at(0) ?? null }),
            '/chart': () => file('x'),
          },
        });
      `,
    });
    mkdirSync(join(question.entrypoint, '../node_modules'));
    symlinkSync(join(packageRoot(), 'node_modules/zod'), join(question.entrypoint, '../node_modules/zod'));
    const { members, endpoints } = await describeTypes(question);
    expect(members.perform).toMatchObject({
      body: { properties: { numbers: { type: 'array', items: { type: 'number' } } }, required: ['numbers'] },
      response: { properties: { total: { type: 'number' }, aborted: { type: 'boolean' } } },
    });
    expect(endpoints['/max']).toMatchObject({
      body: { properties: { list: { type: 'array', items: { type: 'string' } } } },
      response: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    });
    expect(endpoints['/chart']?.response).toBeNull();
  });

  test('a file that is no TypeScript is described without types', async () => {
    const { members } = await describeTypes(jobWith({ 'entrypoint.ts': '}{ export function (((' }));
    expect(members).toEqual({});
  });

  test('a file that the compiler cannot read is described without types, and not tried again', async () => {
    const question = jobWith({ 'entrypoint.ts': `export const x = ${'('.repeat(200_000)}` });
    const { warnings } = await describeTypes(question);
    expect(warnings).toEqual([expect.stringMatching(/^the job is described without its types: ./)]);
    const kept = descriptionFile(question.cacheFolder, question);
    writeFileSync(kept, readFileSync(kept, 'utf8').replace('the job is', 'remembered: the job is'));
    expect((await describeTypes(question)).warnings).toEqual([expect.stringMatching(/^remembered/)]);
    change(question.entrypoint, 'export function perform(input: { z: boolean }) {}');
    expect(await propertiesOf(question)).toEqual({ z: { type: 'boolean' } });
  });

  test('a file that is not there is described without types', async () => {
    const question = simpleJob();
    const { members, warnings } = await describeTypes({ ...question, entrypoint: `${question.entrypoint}x.ts` });
    expect({ members, warnings }).toEqual({ members: {}, warnings: [] });
  });

  test('a question that is withdrawn ends the process', async () => {
    const { warnings } = await describeTypes({ ...simpleJob(), signal: AbortSignal.abort() });
    expect(warnings).toEqual([expect.stringContaining('without its types')]);
  });

  test('a cache folder that cannot be written to costs nothing but time', async () => {
    const question = { ...simpleJob(), cacheFolder: '/dev/null' };
    expect(await propertiesOf(question)).toEqual({ x: { type: 'number' } });
  });
});
