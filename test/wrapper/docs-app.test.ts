/** The documentation pages: offline, below every prefix, and nothing but them. */
import { createServer, type Server } from 'node:http';
import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { createDocsApp, type PrefixedRequest } from '../../wrapper/http/docs-app.ts';
import { buildOpenApi } from '../../wrapper/openapi.ts';

const JOB = { name: 'adder', version: '0.0.1' };
const PREFIXES = ['', '/pub/job/adder/latest', '/pub/fatman/adder/0.0.1'];

const server = serve(JOB);
const api = supertest(server);
afterAll(() => server.close());

/** Cuts the prefix off, as the front end does. */
function serve(job: { name: string; version: string }): Server {
  const app = createDocsApp({ openapi: () => buildOpenApi(null, job), job });
  return createServer((request: PrefixedRequest, response) => {
    const prefix = /^\/pub\/(job|fatman)\/[^/]+\/[^/]+/.exec(request.url ?? '')?.[0] ?? '';
    request.prefix = prefix;
    request.url = request.url?.slice(prefix.length) ?? '';
    app(request as Parameters<typeof app>[0], response as Parameters<typeof app>[1]);
  });
}

/** The addresses that a page asks for, as a browser resolves them. */
const linksOf = (html: string, base: string): string[] =>
  [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map((match) => new URL(match[1] ?? '', base).toString());

describe.each(PREFIXES)('below the prefix "%s"', (prefix) => {
  test.each(['/docs', '/docs/'])('%s is a Swagger UI whose files all come from here', async (path) => {
    const page = await api.get(prefix + path).expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('Swagger UI');
    const links = linksOf(page.text, `http://job${prefix}${path}`);
    expect(links.length).toBeGreaterThanOrEqual(6);
    for (const link of links) {
      expect(link).toMatch(new RegExp(`^http://job${prefix}/docs/[\\w.-]+$`));
      await api.get(link.slice('http://job'.length)).expect(200);
    }
  });

  test('the document lists the server of this prefix first', async () => {
    const document = await api.get(`${prefix}/openapi.json`).expect(200);
    expect(document.body.openapi).toBe('3.1.0');
    expect(document.body.servers[0].url).toBe(prefix === '' ? '/' : prefix);
  });

  test.each([
    ['/redoc', 'docs'],
    ['/redoc/', '../docs'],
  ])('%s leads to the docs by a relative address', async (path, location) => {
    const redirect = await api.get(prefix + path).expect(307);
    expect(redirect.headers.location).toBe(location);
    expect(new URL(location, `http://job${prefix}${path}`).pathname).toBe(`${prefix}/docs`);
  });
});

test('the page allows no script from elsewhere and holds none of its own', async () => {
  const page = await api.get('/docs');
  expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(page.text).not.toMatch(/(href|src)="(https?:)?\/\//);
});

test('Swagger UI shows how long a request took', async () => {
  const script = await api.get('/docs/swagger-ui-init.js').expect(200);
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(script.text).toContain('displayRequestDuration: true');
});

test('the document follows the job: it is asked for at every request', async () => {
  let version = '1';
  const app = createDocsApp({ openapi: () => buildOpenApi(null, { name: 'a', version }), job: JOB });
  expect((await supertest(app).get('/openapi.json')).body.info.version).toBe('1');
  version = '2';
  expect((await supertest(app).get('/openapi.json')).body.info.version).toBe('2');
});

test.each(['post', 'put', 'delete', 'patch', 'options'] as const)('%s is refused', async (verb) => {
  for (const path of ['/docs', '/openapi.json', '/redoc', '/docs/swagger-ui.css']) {
    const answer = await api[verb](path).expect(405);
    expect(answer.body).toEqual({ detail: 'Method Not Allowed' });
    expect(answer.headers.allow).toBe('GET, HEAD');
  }
});

test.each([
  '/nothing',
  '/Docs',
  '/docs/index.html',
  '/docs/package.json',
  '/docs/..%2fpackage.json',
  '/docs/swagger-ui.css.map',
  '/docs/%ff',
  '/docs/a/b',
])('%s is not found', async (path) => {
  const answer = await api.get(path).expect(404);
  expect(answer.body).toEqual({ detail: 'Not Found' });
});

test('a job name full of markup stays text', async () => {
  const odd = serve({ name: '</title><script>alert("$&")</script>', version: '1' });
  const page = await supertest(odd).get('/docs').expect(200);
  odd.close();
  expect(page.text).toContain('<title>Job - &#60;/title&#62;&#60;script&#62;alert(&#34;&#36;&#38;&#34;)');
});

test('a document that cannot be built is a 500 that tells nothing about us', async () => {
  const app = createDocsApp({
    openapi: () => {
      throw new Error('secret detail');
    },
    job: JOB,
  });
  const answer = await supertest(app).get('/openapi.json').expect(500);
  expect(answer.body).toEqual({ detail: 'Internal Server Error' });
});
