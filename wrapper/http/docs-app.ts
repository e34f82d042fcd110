/** Owns the documentation pages: Swagger UI from local files, its document, and the redirect from the older address. */
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import express from 'express';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { generateHTML } from 'swagger-ui-express';
import type { JobIdentity } from '../config.ts';
import { packageRoot } from '../core/package-root.ts';
import { withServer } from '../openapi.ts';
import { FAULT_HEADER } from './respond.ts';

/** A request whose prefix, such as `/pub/job/adder/latest`, was cut off `url` and is kept here. */
export interface PrefixedRequest extends IncomingMessage {
  prefix?: string;
}

export interface DocsOptions {
  /** The document as it is now: it grows when the job is loaded. */
  readonly openapi: () => OpenAPIObject;
  readonly job: JobIdentity;
}

/** The files of Swagger UI that its page asks for. */
const ASSETS = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
]);

/** Swagger UI draws its icons from data URLs and styles parts of itself inline; nothing may come from elsewhere. */
const PAGE_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/**
 * Serves `/docs`, its files, `/openapi.json` and `/redoc`, all by relative addresses: they hold below every prefix,
 * whatever a gateway in front of us adds or takes away.
 */
export function createDocsApp(options: DocsOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  const assets = swaggerAssetsFolder();

  app.get('/docs', (_request, response) => response.set(PAGE_HEADERS).send(page(options.job, './docs/')));
  app.get('/docs/', (_request, response) => response.set(PAGE_HEADERS).send(page(options.job, './')));
  app.get('/docs/swagger-ui-init.js', (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('text/javascript').send(START_SCRIPT);
  });
  app.get('/docs/:asset', (request, response, next) => {
    const { asset } = request.params;
    if (!ASSETS.has(asset)) return next();
    response.sendFile(asset, { root: assets, maxAge: '1d' }, (error) => error && next(error));
  });
  app.get(['/openapi.json', '/openapi.json/'], (request, response) => {
    response.set('Cache-Control', 'no-cache').json(withServer(options.openapi(), prefixOf(request)));
  });
  app.get('/redoc', (_request, response) => response.redirect(307, 'docs'));
  app.get('/redoc/', (_request, response) => response.redirect(307, '../docs'));
  app.all(['/docs', '/docs/', '/docs/:asset', '/openapi.json', '/openapi.json/', '/redoc', '/redoc/'], refuseMethod);
  app.use((_request, response) => void response.status(404).json({ detail: 'Not Found' }));
  app.use(answerError);
  return app;
}

/** Where Swagger UI's files lie: beside the bundle, or in the installed package when running from source. */
function swaggerAssetsFolder(): string {
  const bundled = join(packageRoot(), 'dist', 'swagger-ui');
  if (existsSync(join(bundled, 'swagger-ui-bundle.js'))) return bundled;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

const prefixOf = (request: PrefixedRequest): string => request.prefix ?? '';

/** The page, with its files looked for below `base`. */
function page(job: JobIdentity, base: string): string {
  const title = escapeText(`Job - ${job.name} - Swagger UI`);
  const html = generateHTML(undefined, { customSiteTitle: title, customCss: '.swagger-ui .topbar { display: none }' });
  return html.replace(/(href|src)="\.\//g, `$1="${base}`);
}

/** The template is filled with `String.replace`, to which a dollar sign is special, too. */
function escapeText(text: string): string {
  return text.replace(/[&<>"'$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Starts Swagger UI in the browser. Only the browser knows the address under which the reader sees the page,
 * so it puts that one before the servers that the document lists.
 */
const START_SCRIPT = `window.addEventListener('load', () => {
  const root = location.pathname.replace(/\\/docs\\/?$/, '');
  const here = { url: root === '' ? '/' : root, description: 'the address of this page' };
  const withHere = (document) => {
    if (!document || typeof document !== 'object') return document;
    const servers = document.servers ?? [];
    const known = servers.find((server) => server.url === here.url);
    return { ...document, servers: [known ?? here, ...servers.filter((server) => server !== known)] };
  };
  const serverOfThisPage = () => ({
    statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (document) => update(withHere(document)) } } },
  });
  window.ui = SwaggerUIBundle({
    url: root + '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [serverOfThisPage],
    layout: 'StandaloneLayout',
  });
});
`;

function refuseMethod(request: express.Request, response: express.Response, next: express.NextFunction): void {
  if (request.method === 'GET' || request.method === 'HEAD') next();
  else
    response
      .status(405)
      .set({ Allow: 'GET, HEAD', [FAULT_HEADER]: 'caller' })
      .json({ detail: 'Method Not Allowed' });
}

/** Express knows an error handler by its four parameters. */
function answerError(
  error: unknown,
  _request: express.Request,
  response: express.Response,
  next: express.NextFunction,
): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const ours = statusOf(error) >= 500;
  response.status(ours ? 500 : 404).json({ detail: ours ? 'Internal Server Error' : 'Not Found' });
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : 500;
}
