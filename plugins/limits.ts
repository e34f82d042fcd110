/** Owns how large a plugin may be: far above any honest one. */

const MEGABYTE = 1024 * 1024;

export interface PluginLimits {
  /** Of the ZIP, in bytes. */
  readonly zipBytes: number;
  /** Of all files together, in bytes. */
  readonly unpackedBytes: number;
  readonly entries: number;
  /** Of a file's size to its compressed size; small files may pack better. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** How long a download may take. */
  readonly downloadMs: number;
  /** How long a plugin may take to be loaded. */
  readonly loadMs: number;
  /** Of the process that loads a plugin to look at it. */
  readonly loadMegabytes: number;
}

export const PLUGIN_LIMITS: PluginLimits = {
  zipBytes: 64 * MEGABYTE,
  unpackedBytes: 256 * MEGABYTE,
  entries: 10_000,
  ratio: 200,
  ratioFromBytes: MEGABYTE,
  downloadMs: 300_000,
  loadMs: 10_000,
  loadMegabytes: 512,
};

export const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;
