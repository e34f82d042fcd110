/** Owns the job description: asks the constructed job what it offers, and checks it before the first call. */
import process from 'node:process';
import type { JobDescription } from '../../../wrapper/protocol/messages.ts';
import { listEndpoints } from './declared.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { readExamples, resolveMember } from './examples.ts';
import type { Job } from './job.ts';
import { readTypes } from './job-types.ts';
import { log } from './log.ts';
import { collectMetrics } from './metrics.ts';
import { listStaticFiles } from './static-files.ts';
import type { WebviewServer } from './webview.ts';

export interface Described {
  readonly description: JobDescription;
  /** In the order of their numbers. */
  readonly endpoints: readonly Endpoint[];
  readonly webview: WebviewServer | null;
}

export async function describe(job: Job): Promise<Described> {
  log('INFO', `loaded job: ${job.name}`);
  const exampleOf = await readExamples(job);
  const declared = await listEndpoints(job);
  const types = await readTypes(job, declared);
  const rows = declared.map((endpoint) => {
    const example = endpoint.example ?? exampleOf(endpoint.path);
    return describeEndpoint({ ...endpoint, example }, { job, types });
  });
  const webview = await openWebview(job);
  if (job.member('metrics') !== undefined) await collectMetrics(job); // shows at the start whether it works
  const description: JobDescription = {
    language: 'nodejs',
    languageVersion: process.versions.node,
    entrypoint: job.name,
    doc: textMember(job, 'description') ?? types.doc,
    endpoints: rows.map(({ description }) => description),
    schemas: Object.assign({}, ...rows.map(({ schemas }) => schemas)) as JobDescription['schemas'],
    staticFiles: listStaticFiles(await resolveMember(job, 'staticEndpoints')),
    webview: webview === null ? null : 'http',
    metrics: job.member('metrics') !== undefined,
  };
  return { description, endpoints: rows.map(({ endpoint }) => endpoint), webview };
}

function textMember(job: Job, name: 'description'): string | null {
  const given = job.member(name);
  return typeof given === 'string' ? given : null;
}

/** The job's own pages; the part that serves them is loaded for jobs that have some. */
async function openWebview(job: Job): Promise<WebviewServer | null> {
  const declare = job.member('webviewApp');
  if (typeof declare !== 'function') return null;
  const { JOB_NAME: name = 'JOB_NAME', JOB_VERSION: version = 'JOB_VERSION' } = process.env;
  const app: unknown = await declare.call(job.self, `/pub/job/${name}/${version}/api/v1/webview`);
  const { createWebview } = await import('./webview.ts');
  return createWebview(app);
}
