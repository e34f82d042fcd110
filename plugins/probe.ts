/** Owns looking at a plugin before it is installed: it is loaded in a process of its own that can be ended. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { UserError } from '../wrapper/core/errors.ts';
import { packageRoot } from '../wrapper/core/package-root.ts';
import { describeEnd, killGroup } from '../wrapper/worker/process.ts';
import { PLUGIN_LIMITS } from './limits.ts';
import type { HookName, PluginContext } from './plugin.ts';

export interface ProbeOrder {
  readonly context: PluginContext;
  /** The entry, as seen from the plugin's folder. */
  readonly file: string;
}

/** What a plugin offers. */
export interface PluginOffer {
  readonly hooks: readonly HookName[];
  readonly jobTypes: readonly { readonly name: string; readonly version: string; readonly description: string }[];
  readonly infrastructureTargets: readonly string[];
}

export type ProbeReport = { readonly offer: PluginOffer } | { readonly failure: string };

const OUTPUT_LIMIT = 4_000;

/** Rejects with a UserError when the plugin cannot be loaded, or not in time. */
export async function probePlugin(order: ProbeOrder, timeoutMs: number = PLUGIN_LIMITS.loadMs): Promise<PluginOffer> {
  const child = fork(join(packageRoot(), 'dist/plugin-probe.js'), {
    cwd: order.context.folder,
    execArgv: [`--max-old-space-size=${PLUGIN_LIMITS.loadMegabytes}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true, // a group of its own, so that what the plugin starts ends with it
  });
  let output = '';
  const collect = (piece: Buffer) => {
    output = (output + piece.toString()).slice(-OUTPUT_LIMIT);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  let tooLate = false;
  const timer = setTimeout(() => {
    tooLate = true;
    killGroup(child.pid ?? 0);
  }, timeoutMs);
  try {
    const report = await new Promise<ProbeReport>((resolve) => {
      child.once('message', (message) => resolve(message as ProbeReport));
      child.once('error', (error) => resolve({ failure: error.message }));
      child.once('close', (code, signal) => {
        const late = `it took longer than ${timeoutMs / 1000} s: look for an endless loop, or for an await that never ends, at its top level`;
        resolve({ failure: tooLate ? late : endOf({ code, signal, output }) });
      });
      child.send(order, () => {}); // a failed sending shows as the end of the process
    });
    if ('offer' in report) return report.offer;
    throw new UserError(`the plugin ${order.context.name} cannot be loaded: ${report.failure}`, {
      hint: 'mend it, or tell its authors; nothing has been installed',
    });
  } finally {
    clearTimeout(timer);
    killGroup(child.pid ?? 0);
  }
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

function endOf({ code, signal, output }: End): string {
  if (output.includes('heap out of memory')) return `it needs more than ${PLUGIN_LIMITS.loadMegabytes} MB of memory`;
  const [, place, message] = SYNTAX_ERROR.exec(output) ?? [];
  if (place !== undefined) return `${place}: ${message}`;
  const printed = output === '' ? '' : `, after it printed:\n${output.trimEnd()}`;
  if (code === 0)
    return `its process ended: look for process.exit, or for an await that never ends, at its top level${printed}`;
  return `its process ${describeEnd(code, signal)}${printed}`;
}

/** Node tells the place of a syntax error only to a terminal: `file:///folder/plugin.mjs:3`, the line, a mark, the message. */
const SYNTAX_ERROR = /^file:\S*?([^/\s]+:\d+)\n[\s\S]*?^(SyntaxError: .*)$/m;
