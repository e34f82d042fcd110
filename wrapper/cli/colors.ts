/** Owns colours: only for people, that is on a terminal, and not for those who ask for none. */
import pc from 'picocolors';

/** Left to itself, picocolors also colours what a CI's log collects. */
export const colorsFor = (stream: { readonly isTTY?: boolean }): ReturnType<typeof pc.createColors> =>
  pc.createColors(stream.isTTY === true && process.env.NO_COLOR === undefined);
