/** Owns the figures: what each is called, what it must reach, what it aims for, and the verdict on a measured value. */

const PLAIN = { decimals: 2, unit: '' };
const MILLISECONDS = { decimals: 2, unit: ' ms' };

/** In the order of the table. `better` says which way is up; a figure without `must` is for information. */
export const FIGURES = [
  throughput('rate-16', 'calls/s at c=16, ÷ bare, access log off', 0.6, 0.85),
  throughput('rate-64', 'calls/s at c=64, ÷ bare, access log off', 0.6, 0.85),
  throughput('rate-log-16', 'calls/s at c=16, ÷ bare, default access log', 0.45, 0.7),
  throughput('rate-log-64', 'calls/s at c=64, ÷ bare, default access log', 0.45, 0.7),
  throughput('fastapi-async-16', 'calls/s at c=16, ÷ FastAPI `async def`', 4, 7),
  throughput('fastapi-async-64', 'calls/s at c=64, ÷ FastAPI `async def`', 4, 7),
  throughput('fastapi-def-16', 'calls/s at c=16, ÷ FastAPI `def`', 10, 18),
  throughput('fastapi-def-64', 'calls/s at c=64, ÷ FastAPI `def`', 10, 18),
  lower('latency', 'median latency at c=1 above bare', { must: 50, aim: 25, decimals: 0, unit: ' µs' }),
  lower('cpu', 'CPU per call at c=16, ÷ bare', { must: 2, aim: 1.2, ...PLAIN }),
  higher('sleep', '50 ms sleep at c=64, limit 64: share of the ideal rate', { must: 0.9, aim: 0.95, ...PLAIN }),
  lower('start', 'spawn → first good answer, ÷ bare', { must: 1.7, aim: 1.2, ...PLAIN }),
  lower('start-node', 'spawn → first good answer of a Node job, ÷ bare', { must: 2.2, aim: 1.8, ...PLAIN }),
  lower('start-go', 'spawn → first good answer of a compiled Go job, ÷ bare', { must: 1.3, aim: 1.1, ...PLAIN }),
  lower('start-fastapi', 'spawn → first good answer, ÷ FastAPI', { must: 0.22, ...PLAIN }),
  lower('memory', 'resident memory of the tree after 10,000 calls, each page once, ÷ bare', {
    must: 1.6,
    aim: 1.2,
    ...PLAIN,
  }),
  lower('memory-pss', 'the same by proportional share (PSS)', PLAIN),
  higher('body-100k', '100 kB body: calls/s at c=4, ÷ FastAPI', { must: 1.1, aim: 1.7, ...PLAIN }),
  higher('body-4m', '4 MB body: calls/s at c=4, ÷ FastAPI', { must: 0.9, aim: 1.5, ...PLAIN }),
  lower('body-live', '4 MB body: p99 of /live meanwhile', { must: 20, aim: 5, ...MILLISECONDS }),
  lower('overload', '10× overload: accepted p99 ÷ job time', { must: 1.15, aim: 1.06, ...PLAIN }),
  lower('overload-refused', '10× overload: p99 of refusals', { must: 5, aim: 2, ...MILLISECONDS }),
  higher('stream-1', 'streamed chunks/s at c=1, ÷ FastAPI async generator', { must: 3.5, aim: 6, ...PLAIN }),
  higher('stream-16', 'streamed chunks/s at c=16, ÷ FastAPI async generator', { must: 4.5, aim: 10, ...PLAIN }),
  lower('stream-first-1', 'stream at c=1: median time to the first byte', { must: 0.8, aim: 0.3, ...MILLISECONDS }),
  lower('stream-first-16', 'stream at c=16: median time to the first byte', { must: 8, aim: 3, ...MILLISECONDS }),
  throughput('node-16', 'Node job: calls/s at c=16, ÷ bare', 0.6, 0.85),
  throughput('go-16', 'Go job: calls/s at c=16, ÷ bare', 0.6, 0.85),
  lower('node-cpu', 'Node job: CPU per call at c=16, ÷ bare', PLAIN),
  lower('go-cpu', 'Go job: CPU per call at c=16, ÷ bare', PLAIN),
  throughput('node-framework', 'Node job: calls/s at c=16, ÷ functions-framework', 7, 10),
  throughput('node-express', 'Node job: calls/s at c=16, ÷ express', 3.5, 5),
  throughput('proxy', 'program behind the wrapper: calls/s at c=16, ÷ `node:http` Agent and pipe', 1, 1.4),
  lower('proxy-cpu', 'program behind the wrapper: CPU per call, ÷ `node:http` Agent and pipe', PLAIN),
  lower('validation', 'check of an object of 20 fields: CPU added to a call', {
    must: 3,
    aim: 1,
    decimals: 2,
    unit: ' µs',
  }),
];

/** `aim met`, `met`, `missed`, or `–` when nothing was asked for. */
export function verdict(figure, value) {
  const reaches = (bound) => (figure.better === 'higher' ? value >= bound : value <= bound);
  if (figure.must === undefined) return '–';
  if (!reaches(figure.must)) return 'missed';
  return figure.aim !== undefined && reaches(figure.aim) ? 'aim met' : 'met';
}

/** The rows of the result: each figure that was measured, with its bounds and verdict. */
export function judge(summaries) {
  return FIGURES.filter(({ key }) => summaries[key] !== undefined).map((figure) => {
    const measured = summaries[figure.key];
    return { ...figure, measured, verdict: verdict(figure, measured.median) };
  });
}

function throughput(key, name, must, aim) {
  return higher(key, name, { must, aim, ...PLAIN });
}

function higher(key, name, rest) {
  return { key, name, better: 'higher', ...rest };
}

function lower(key, name, rest) {
  return { key, name, better: 'lower', ...rest };
}
