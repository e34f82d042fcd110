/** Owns the rules about answers that come piece by piece. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectGood } from '../expectations.ts';
import { type PartialAnswer, RawClient } from '../raw-client.ts';
import { ask, bytesOf, describeAnswer, shorten } from '../request.ts';
import { Deviation, expect, type ProbeName, type Rule, type RuleGroup } from '../rule.ts';
import type { Trial } from '../trial.ts';

const LINES = 'application/x-ndjson';
const EVENTS = 'text/event-stream';
const PIECES = 5;
const PIECES_LIMIT_MS = 20_000;

const lines: Rule = {
  id: 'stream-lines',
  title: 'With Accept: application/x-ndjson, a stream arrives line by line, each one JSON',
  level: 'must',
  needs: ['stream'],
  run: async (trial) => {
    await expectPieces(trial, LINES, (body) =>
      body
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== ''),
    );
    return undefined;
  },
};

const events: Rule = {
  id: 'stream-events',
  title: 'With Accept: text/event-stream, a stream arrives as server-sent events, each one JSON',
  level: 'must',
  needs: ['stream'],
  run: async (trial) => {
    await expectPieces(trial, EVENTS, (body) =>
      body
        .split('\n\n')
        .slice(0, -1)
        .flatMap((event) => /^data: ?(.*)$/m.exec(event)?.[1] ?? []),
    );
    return undefined;
  },
};

/** The first pieces come while the stream is far from its end. */
async function expectPieces(trial: Trial, type: string, split: (body: string) => string[]): Promise<void> {
  const client = open(trial, 'stream', type);
  try {
    const answer = await arrived(client, (soFar) => split(soFar.body).length >= PIECES);
    expect(answer.status === 200, 'status 200', () => describeAnswer(answer));
    expect(answer.headers['content-type']?.startsWith(type) === true, `content-type ${type}`, () =>
      String(answer.headers['content-type']),
    );
    expect(!answer.complete, `${PIECES} pieces before the end of the stream`, () => 'the whole stream at once');
    for (const piece of split(answer.body)) {
      expect(isJson(piece), 'pieces of JSON', () => shorten(piece));
    }
  } finally {
    client.destroy();
  }
}

async function arrived(client: RawClient, enough: (soFar: PartialAnswer) => boolean): Promise<PartialAnswer> {
  const found = await client
    .until(() => {
      const answer = client.peek();
      return answer && (answer.complete || answer.status !== 200 || enough(answer)) ? answer : undefined;
    }, PIECES_LIMIT_MS)
    .catch(() => undefined);
  if (found) return found;
  throw new Deviation(
    `pieces of the stream within ${PIECES_LIMIT_MS / 1000} s`,
    `only ${shorten(client.rest) || 'nothing'}`,
  );
}

const disconnect: Rule = {
  id: 'disconnect',
  title: 'A caller that leaves a stream frees its place',
  level: 'must',
  needs: ['stream', 'limits'],
  run: async (trial) => {
    const limit = trial.limits.calls as number;
    for (let round = 0; round < 2; round += 1) {
      const clients = Array.from({ length: limit }, () => open(trial, 'stream', LINES));
      await arrived(clients[0] as RawClient, ({ body }) => body !== '');
      for (const client of clients) client.destroy();
      await expectFree(trial);
    }
    return undefined;
  },
};

/** All places were taken by streams that take minutes. */
async function expectFree(trial: Trial): Promise<void> {
  const deadline = Date.now() + PIECES_LIMIT_MS;
  let answer = await callShortly(trial);
  while (answer === 429 && Date.now() < deadline) {
    await sleep(50);
    answer = await callShortly(trial);
  }
  expect(answer === 200, `a stream for the next caller within ${PIECES_LIMIT_MS / 1000} s`, () => String(answer));
}

async function callShortly(trial: Trial): Promise<number> {
  const client = open(trial, 'stream', LINES);
  try {
    return (await arrived(client, ({ body }) => body !== '')).status;
  } finally {
    client.destroy();
  }
}

const MEMORY_ALLOWED = 96 * 1024 * 1024;
const WATCH_MS = 3_000;

const backPressure: Rule = {
  id: 'back-pressure',
  title: 'A reader that stops reading stops the stream: memory stays as it is, and others are served',
  level: 'must',
  needs: ['flood', 'process'],
  run: async (trial) => {
    const client = open(trial, 'flood', LINES);
    try {
      await arrived(client, ({ body }) => body !== '');
      client.socket.pause();
      const before = trial.process.memory();
      const deadline = Date.now() + WATCH_MS;
      let most = before;
      while (Date.now() < deadline && most - before < MEMORY_ALLOWED) {
        await sleep(100);
        most = Math.max(most, trial.process.memory());
      }
      const grown = Math.round((most - before) / 2 ** 20);
      expect(
        most - before < MEMORY_ALLOWED,
        `less than ${MEMORY_ALLOWED / 2 ** 20} MiB more memory`,
        () => `${grown} MiB more`,
      );
      if (trial.performs) expectGood(await ask(trial.address, trial.probe('perform')), 'a call meanwhile');
      return { text: `${grown} MiB more in ${WATCH_MS / 1000} s`, figures: { grown_mib: grown } };
    } finally {
      client.destroy();
    }
  },
};

function open(trial: Trial, probe: ProbeName, type: string): RawClient {
  const client = new RawClient(trial.address);
  client.send(bytesOf(trial.address, { ...trial.probe(probe), headers: { Accept: type } }));
  return client;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const STREAM_RULES: RuleGroup = { name: 'Streams', rules: [lines, events, disconnect, backPressure] };
