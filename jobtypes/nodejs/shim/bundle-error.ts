/** Owns telling what esbuild does not take about a job's file. */
import { resolve } from 'node:path';
import type { Message } from 'esbuild';

const SHOWN = 5;

/** The job's files cannot be bundled; the message has the place and esbuild's own words of each mistake. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  /** `file:line:column` of each mistake. */
  readonly places: readonly string[];

  /** `otherwise` is the message when there are none. */
  constructor(messages: readonly Message[], folder: string, otherwise: string) {
    const texts = messages.map((message) => describe(message, folder));
    const rest = texts.length > SHOWN ? [`and ${texts.length - SHOWN} more`] : [];
    super([...texts.slice(0, SHOWN), ...rest].join('; ') || otherwise);
    this.places = messages.flatMap(({ location }) => (location ? [placeOf(location, folder)] : []));
  }
}

function describe({ text, location, notes }: Message, folder: string): string {
  const hints = notes.map((note) => ` (${note.text})`).join('');
  return `${location ? `${placeOf(location, folder)}: ` : ''}${text}${hints}`;
}

const placeOf = ({ file, line, column }: NonNullable<Message['location']>, folder: string): string =>
  `${resolve(folder, file)}:${line}:${column + 1}`;
