/** Owns the process in which an unknown plugin is loaded: it tells its parent what the plugin offers, or why it cannot be loaded. */
import { messageOf } from '../wrapper/core/errors.ts';
import { importPlugin, jobTypesOf } from './load.ts';
import { HOOK_NAMES } from './plugin.ts';
import type { PluginOffer, ProbeOrder, ProbeReport } from './probe.ts';

process.once('message', async (order: ProbeOrder) => {
  try {
    report({ offer: await look(order) });
  } catch (error) {
    // Left to itself, Node prints where it is; the error does not say.
    if (error instanceof SyntaxError) throw error;
    report({ failure: describe(error, order) });
  }
});

const report = (report: ProbeReport): void => void process.send?.(report);

async function look({ context, file }: ProbeOrder): Promise<PluginOffer> {
  const plugin = await importPlugin(context.folder, file);
  const jobTypes = await jobTypesOf(plugin, context);
  const targets = (await plugin.infrastructureTargets?.(context)) ?? {};
  return {
    hooks: HOOK_NAMES.filter((name) => plugin[name] !== undefined),
    jobTypes: jobTypes.map(({ name, version, description }) => ({ name, version, description })),
    infrastructureTargets: Object.keys(targets),
  };
}

/** The message with the place in the plugin. */
function describe(error: unknown, { context }: ProbeOrder): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place] = /([^\s/()]+\.m?js:\d+)(?::\d+)?\)?$/m.exec(ownLines(stack, context.folder)) ?? [];
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  return `${place === undefined ? '' : `${place}: `}${name}${messageOf(error)}`;
}

const ownLines = (stack: string, folder: string): string =>
  stack
    .split('\n')
    .filter((line) => line.includes(folder))
    .join('\n');
