/** Owns the rules about what a target costs, and what it leaves behind. */
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../request.ts';
import { expect, type Rule, type RuleGroup } from '../rule.ts';

const CALLS_BEFORE = 20;
const END_LIMIT_MS = 45_000;
const CENSUS_LIMIT_MS = 5_000;

const startTime: Rule = {
  id: 'start-time',
  title: 'From the start of the program to readiness',
  level: 'info',
  needs: ['process'],
  run: async ({ startMs, settings }) => {
    const { startMs: budget } = settings.budgets;
    const took = `${(startMs / 1000).toFixed(2)} s`;
    expect(budget === undefined || startMs <= budget, `at most ${(budget ?? 0) / 1000} s`, () => took);
    return { text: took, figures: { start_ms: Math.round(startMs) } };
  },
};

const memory: Rule = {
  id: 'memory',
  title: 'Memory of all its processes after some calls',
  level: 'info',
  needs: ['process'],
  run: async (trial) => {
    const subject = await trial.start();
    if (trial.performs) {
      for (let call = 0; call < CALLS_BEFORE; call += 1) await ask(subject.address, trial.probe('perform'));
    }
    const bytes = subject.process.memory();
    const { memory: budget } = trial.settings.budgets;
    const text = `${mib(bytes)} MiB`;
    expect(budget === undefined || bytes <= budget, `at most ${mib(budget ?? 0)} MiB`, () => text);
    return { text, figures: { memory_bytes: bytes } };
  },
};

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

const leftovers: Rule = {
  id: 'leftovers',
  title: 'After SIGTERM no process is left and the port is free',
  level: 'must',
  needs: ['process'],
  run: async (trial) => {
    const { address, process } = await trial.start();
    process.signal('SIGTERM');
    const ending = await Promise.race([process.ended, sleep(END_LIMIT_MS, undefined, { ref: false })]);
    expect(ending !== undefined, `an end within ${END_LIMIT_MS / 1000} s`, () => 'it still runs');
    const deadline = Date.now() + CENSUS_LIMIT_MS;
    while (process.processes().length > 0 && Date.now() < deadline) await sleep(50);
    expect(process.processes().length === 0, 'no process to be left', () => process.processes().join('\n'));
    expect(!(await listens(address)), 'nobody to listen on the port', () => address);
    return undefined;
  },
};

function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export const RESOURCE_RULES: RuleGroup = { name: 'Resources', rules: [startTime, memory, leftovers] };
