/** Owns the options of `npm run bench` and its help. */
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.mjs';

const FULL = { rounds: 5, seconds: 3 };
const QUICK = { rounds: 2, seconds: 1 };

const HELP = (
  names,
) => `Measures the wrapper beside bare node:http, FastAPI and other peers, and prints a table. Nothing fails because a figure is missed.

Usage: npm run bench -- [options]

  --quick            ${QUICK.rounds} rounds of ${QUICK.seconds} s instead of ${FULL.rounds} of ${FULL.seconds} s
  --rounds N         how many rounds; the table shows their median
  --only NAME        measure only this (may be repeated): ${names.join(', ')}
  --generator NAME   wrk or node (our own); default: wrk when it is installed
  --help             this text

Examples:
  npm run bench                                    everything, about 10 minutes
  npm run bench -- --quick                         everything, about 3 minutes, less steady
  npm run bench -- --only start --only memory      two measurements
  npm run bench -- --only throughput --rounds 9    one measurement, steadier

The result is also written to .cache/bench/latest.json. docs/benchmarks.md explains the figures.`;

/** The options as values; `{ help }` when only the text was asked for. */
export function readOptions(args, names) {
  const { values } = parse(args);
  if (values.help) return { help: HELP(names) };
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new BenchError(`--only ${unknown}: there is only ${names.join(', ')}.`);
  if (!['wrk', 'node', undefined].includes(values.generator)) throw new BenchError('--generator is wrk or node.');
  const preset = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? preset.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new BenchError('--rounds takes a whole number, 1 or more.');
  return { only: values.only ?? names, generator: values.generator, rounds, seconds: preset.seconds };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        only: { type: 'string', multiple: true },
        generator: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new BenchError(`${error.message}\nSee npm run bench -- --help.`);
  }
}
