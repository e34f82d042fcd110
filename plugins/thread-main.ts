/** Owns the thread in which the code of one plugin runs: it answers questions, one after the other as the plugin is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkJob } from '../jobtypes/job-check.ts';
import { createRegistry } from '../jobtypes/registry.ts';
import { messageOf } from '../wrapper/core/errors.ts';
import { type Manifest, parseManifest } from '../wrapper/core/manifest.ts';
import { importPlugin, jobTypesOf } from './load.ts';
import type { Plugin } from './plugin.ts';
import type { Answer, PlannedJob, Question, SubmittedJob, ThreadData } from './thread-messages.ts';

const { context, file } = workerData as ThreadData;
const loaded = importPlugin(context.folder, file);
loaded.catch(() => {}); // each question tells it

parentPort?.on('message', async (question: Question) => {
  const { id } = question;
  try {
    tell({ id, result: await answer(await loaded, question) });
  } catch (error) {
    // What is no plain data cannot be sent either.
    tell({ id, failure: messageOf(error) });
  }
});

const tell = (answer: Answer): void => parentPort?.postMessage(answer);

async function answer(plugin: Plugin, { hook, args }: Question): Promise<unknown> {
  if (hook === 'images') return plan(plugin, args[0] as SubmittedJob);
  const call = plugin[hook] as ((...all: readonly unknown[]) => unknown) | undefined;
  return call?.call(plugin, ...args, context);
}

async function plan(plugin: Plugin, { jobType, manifest: text, gitVersion }: SubmittedJob): Promise<PlannedJob> {
  const type = createRegistry(await jobTypesOf(plugin, context)).resolve(jobType);
  const { manifest, findings, places } = parseManifest(text, { file: 'job.yaml' });
  // Only a complete manifest is what a job type has been promised.
  const checked = checkJob(type, { manifest: manifest as Manifest, places, gitVersion });
  const all = [...findings, ...checked.findings];
  return { findings: all, images: all.length > 0 ? [] : type.images(checked.job) };
}
