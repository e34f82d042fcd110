/** Owns what a run has in its hands: servers and generator, and the values recorded round by round. */
import { BenchError } from './bench-error.mjs';
import { ask, encodeRequest } from './connection.mjs';
import { rotate, summarize } from './statistics.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Puts a run together: `measurements/*.mjs` take it as their only argument. */
export function createRun({ servers, generator, cache, rounds, seconds }) {
  const figures = new Map();
  const details = new Map();

  const push = (map, key, value) => map.set(key, [...(map.get(key) ?? []), value]);

  /** Checks one answer in full, then drives the server; a task lacks only what the server knows. */
  async function load(server, task) {
    const complete = { ...task, headers: { ...JSON_TYPE, ...task.headers }, port: server.port, server: server.name };
    await verify(server, complete);
    return generator.drive(complete);
  }

  return {
    /** A folder that may be filled. */
    cache,
    rounds,
    seconds,
    start: servers.start,
    load,
    loadOpenLoop: (server, task) =>
      generator.driveOpenLoop({ headers: JSON_TYPE, ...task, port: server.port, server: server.name }),
    /** Runs `work` for each contestant in each round, every time beginning with another; `settle` gets a round's results by key. */
    async alternate(contestants, work, settle) {
      for (let round = 0; round < rounds; round += 1) {
        const results = {};
        for (const contestant of rotate(contestants, round)) results[contestant.key] = await work(contestant);
        settle(results);
      }
    },
    /** A value of a figure of figures.mjs, from one round. */
    figure: (key, value) => push(figures, key, value),
    /** A value behind the figures, from one round. */
    detail: (what, server, [value, unit]) => push(details, JSON.stringify({ what, server, unit }), value),
    summaries: () => Object.fromEntries([...figures].map(([key, values]) => [key, summarize(values)])),
    details: () => [...details].map(([key, values]) => ({ ...JSON.parse(key), value: summarize(values) })),
  };
}

async function verify(server, task) {
  const answer = await ask(server.port, encodeRequest(task));
  if (answer.status === 200 && answer.body === task.expected) return;
  const seen = `${answer.status} ${answer.body.slice(0, 200)}`;
  throw new BenchError(
    `${server.name} answered ${task.path} with ${seen} instead of 200 ${task.expected.slice(0, 200)}.`,
  );
}
