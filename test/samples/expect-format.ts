/** Owns the format of `expect.json`: how a sample is started, what it is asked, and what it must answer. See sample/README.md. */
import { z } from 'zod';

const Texts = z.record(z.string(), z.string());

/** What an answer must look like; every member given is checked. */
const Answer = z.strictObject({
  status: z.int(),
  /** The body, decoded, is exactly this. */
  json: z.json().optional(),
  /** The body is exactly this text. */
  text: z.string().optional(),
  /** The lines of the body, empty ones left out. */
  lines: z.array(z.string()).optional(),
  /** The body contains each of these. */
  contains: z.array(z.string()).optional(),
  /** The body contains none of these. */
  lacks: z.array(z.string()).optional(),
  /** The body matches this regular expression; `^` and `$` mean lines. */
  matches: z.string().optional(),
  /** Headers that the answer must have, with exactly these values. */
  headers: Texts.optional(),
  /** Where the answer redirects to: a path, after resolving it against the request's own. `{prefix}` is the request's prefix. */
  location: z.string().optional(),
});

/** How many of several calls made at the same time are answered with which status. */
const Tally = z.strictObject({ statuses: z.record(z.string(), z.int()), bodies: z.array(z.string()).optional() });

const Common = {
  title: z.string(),
  path: z.string().startsWith('/'),
  /** The prefixes to repeat the request below; by default only the root, which is the empty text. */
  under: z.array(z.string()).default(['']),
};

const HttpRequest = z.strictObject({
  ...Common,
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']).default('GET'),
  headers: Texts.default({}),
  /** Sent as JSON. */
  body: z.json().optional(),
  /** Sent as it is, without a Content-Type unless `headers` has one. */
  text: z.string().optional(),
  /** Make the call so often at the same time. */
  concurrent: z.int().min(2).optional(),
  /** Ask again until the answer is the expected one. */
  eventually: z.literal(true).optional(),
  /** The answer is that of this Python version and later ones. */
  sincePython: z.string().optional(),
  expect: z.union([Answer, Tally]),
});

const WebSocketRequest = z.strictObject({
  ...Common,
  headers: Texts.default({}),
  /** Messages to send once the connection stands. */
  websocket: z.array(z.string()),
  /** The messages that come back, or the status that refuses the connection. */
  expect: z.union([z.strictObject({ messages: z.array(z.string()) }), z.strictObject({ refused: z.int() })]),
});

/** An answer of the stand-in gateway, and what it must have been asked. */
const GatewayCall = z.strictObject({
  path: z.string(),
  answer: z.strictObject({ status: z.int().default(200), json: z.json() }),
  receives: z.strictObject({ headers: Texts.default({}), json: z.json() }),
});

/** Another job, which the stand-in gateway leads to under this name. */
const OtherJob = z.strictObject({ name: z.string(), args: z.array(z.string()).min(1) });

const Run = z.strictObject({
  /** What is special about this run. */
  title: z.string().default('as documented'),
  /** What follows `racetrack-wrapper run`. */
  args: z.array(z.string()).min(1),
  env: Texts.default({}),
  /** `failed`: the job must not become ready; its probes answer all the same. */
  start: z.enum(['ready', 'failed']).default('ready'),
  gateway: z.array(GatewayCall).default([]),
  jobs: z.array(OtherJob).default([]),
  requests: z.array(z.union([HttpRequest, WebSocketRequest])).min(1),
  /** Regular expressions that lines of the log must match. */
  logs: z.array(z.string()).default([]),
});

export const Expectations = z.strictObject({
  /** Commands to run in the sample's folder first; `{python}` is an interpreter that has the sample's requirements. */
  setup: z.array(z.array(z.string()).min(1)).default([]),
  runs: z.array(Run).min(1),
});

export type Expectations = z.infer<typeof Expectations>;
export type Run = z.infer<typeof Run>;
export type Request = Run['requests'][number];
export type HttpRequest = z.infer<typeof HttpRequest>;
export type WebSocketRequest = z.infer<typeof WebSocketRequest>;
export type Answer = z.infer<typeof Answer>;
export type Tally = z.infer<typeof Tally>;
export type OtherJob = Run['jobs'][number];
export type GatewayCall = z.infer<typeof GatewayCall>;
