/** The scrape: what it counts, and that its text is the exposition format to the letter. */
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { JobMetrics, type LiveFigures, renderMetrics } from '../../wrapper/metrics.ts';
import type { CustomMetric } from '../../wrapper/protocol/messages.ts';
import { parseExposition } from '../../wrapper/verify/exposition.ts';

const IDLE: LiveFigures = { queueLength: 0, busyWorkers: 0, runningCalls: 0, logLinesDropped: 0, workers: [] };
const create = (live: Partial<LiveFigures> = {}): JobMetrics => new JobMetrics(() => ({ ...IDLE, ...live }));
const scrape = async (metrics: JobMetrics, custom: readonly CustomMetric[] = []) =>
  parseExposition(await renderMetrics(metrics, custom));

/** Metrics after one good, one failed, one refused and one running call. */
function busy(): JobMetrics {
  const metrics = create({ queueLength: 2, busyWorkers: 1, runningCalls: 3, logLinesDropped: 4 });
  const perform = metrics.endpoint('/perform');
  for (let call = 0; call < 4; call += 1) perform.started();
  perform.done(0.004, false, true);
  perform.done(3, true, true);
  perform.done(0, true, false);
  metrics.endpoint('/never');
  for (const seconds of [0.001, 0.0011, 2000]) {
    metrics.http.started();
    metrics.http.done(seconds);
  }
  metrics.http.started();
  metrics.http.serverError();
  metrics.workerRestarted('killed');
  metrics.workerRestarted('killed');
  metrics.workerRestarted('max "requests"\\\n');
  metrics.errorAnswered('job');
  return metrics;
}

const CUSTOM: readonly CustomMetric[] = [
  { name: 'job_positives', value: 5, description: 'Positives\nby colour \\ shade', labels: { color: 'blue' } },
  { name: 'job_wasted_seconds', value: 1.2 },
  { name: 'job_positives', value: 0, labels: { color: 'r"e\\d\n' } },
];

test.each([
  ['x 1', 'no final line end'],
  ['x 1\n', 'no family'],
  ['# HELP x a\n# TYPE x gauge\nx 1\nx 2\n', 'a series twice'],
  ['# HELP x a\n# TYPE x gauge\nx{a="1"b="2"} 1\n', 'labels without a comma'],
  ['# HELP x a\n# TYPE x gauge\nx Nan\n', 'a misspelt NaN'],
  ['# HELP x a\n# TYPE x histogram\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 2\n', 'a count that differs'],
])('the reader of these tests refuses %j: %s', (text) => {
  expect(() => parseExposition(text)).toThrow();
});

describe('before the first call', () => {
  test('totals are zero and no endpoint has a line', async () => {
    const text = await renderMetrics(create(), []);
    const { value, samples } = parseExposition(text);
    for (const name of ['requests_started_total', 'requests_done_total', 'last_call_timestamp']) {
      expect(value(name)).toBe(0);
    }
    expect(value('commons_requests_started_total')).toBe(0);
    expect(samples.filter((sample) => 'endpoint' in sample.labels)).toEqual([]);
    expect(text).toContain('# TYPE request_duration histogram\n');
  });
});

describe('calls', () => {
  test('count as started and done; a refused input leaves no trace', async () => {
    const { value } = await scrape(busy());
    expect(value('requests_started_total')).toBe(3);
    expect(value('requests_done_total')).toBe(2);
    expect(value('endpoint_requests_started_total', { endpoint: '/perform' })).toBe(3);
    expect(value('request_internal_errors_total', { endpoint: '/perform' })).toBe(1);
    expect(value('endpoint_requests_started_total', { endpoint: '/never' })).toBeUndefined();
  });

  test('fall into the buckets of their durations, cumulated', async () => {
    const { value } = await scrape(busy());
    const bucket = (le: string) => value('request_duration_bucket', { endpoint: '/perform', le });
    expect(bucket('0.0025')).toBe(0);
    expect(bucket('0.005')).toBe(1);
    expect(bucket('2.5')).toBe(1);
    expect(bucket('5.0')).toBe(2);
    expect(bucket('+Inf')).toBe(2);
    expect(value('request_duration_sum', { endpoint: '/perform' })).toBeCloseTo(3.004);
    expect(value('request_duration_count', { endpoint: '/perform' })).toBe(2);
  });

  test('move the time of the last call, whichever endpoint it was', async () => {
    const before = Date.now() / 1000;
    const metrics = busy();
    const { value } = await scrape(metrics);
    expect(value('last_call_timestamp')).toBeGreaterThanOrEqual(before);
    expect(value('last_call_timestamp')).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('that turn out to be refused never make the count of started ones fall', async () => {
    const metrics = create();
    const perform = metrics.endpoint('/perform');
    perform.started();
    expect((await scrape(metrics)).value('requests_started_total')).toBe(1);
    perform.done(0, true, false);
    expect((await scrape(metrics)).value('requests_started_total')).toBe(1);
    perform.started();
    perform.done(0.1, false, true);
    expect((await scrape(metrics)).value('requests_started_total')).toBe(1);
  });
});

test('the buckets are those that dashboards know', async () => {
  const { samples } = await scrape(busy());
  const bounds = samples.filter((sample) => sample.name === 'commons_request_duration_bucket').map((s) => s.labels.le);
  expect(bounds.join(' ')).toBe(
    '0.001 0.0025 0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0 25.0 50.0 75.0 100.0 250.0 500.0 750.0 1000.0 +Inf',
  );
});

test('HTTP requests are counted on their own; a bound belongs to its bucket', async () => {
  const { value } = await scrape(busy());
  expect(value('commons_requests_started_total')).toBe(4);
  expect(value('commons_requests_done_total')).toBe(3);
  expect(value('commons_internal_server_errors_total')).toBe(1);
  expect(value('commons_request_duration_bucket', { le: '0.001' })).toBe(1);
  expect(value('commons_request_duration_bucket', { le: '0.0025' })).toBe(2);
  expect(value('commons_request_duration_bucket', { le: '1000.0' })).toBe(2);
  expect(value('commons_request_duration_bucket', { le: '+Inf' })).toBe(3);
});

test('queue, workers, restarts, faults and lost log lines are shown', async () => {
  const { value } = await scrape(busy());
  expect(value('racetrack_queue_length')).toBe(2);
  expect(value('racetrack_busy_workers')).toBe(1);
  expect(value('racetrack_running_calls')).toBe(3);
  expect(value('racetrack_log_lines_dropped_total')).toBe(4);
  expect(value('racetrack_worker_restarts_total', { reason: 'killed' })).toBe(2);
  expect(value('racetrack_worker_restarts_total', { reason: 'max "requests"\\\n' })).toBe(1);
  expect(value('racetrack_errors_total', { fault: 'job' })).toBe(1);
  expect(value('racetrack_errors_total', { fault: 'caller' })).toBeUndefined();
});

test.runIf(process.platform === 'linux')(
  'workers show memory and processor time; one that is gone has no line (on Linux)',
  async () => {
    const workers = [
      { worker: '0', pid: process.pid },
      { worker: '1', pid: spawnSync('true').pid },
    ];
    const { value } = await scrape(create({ workers }));
    expect(value('racetrack_worker_resident_memory_bytes', { worker: '0' })).toBeGreaterThan(1_000_000);
    expect(value('racetrack_worker_cpu_seconds_total', { worker: '0' })).toBeGreaterThan(0);
    expect(value('racetrack_worker_resident_memory_bytes', { worker: '1' })).toBeUndefined();
    expect(value('racetrack_worker_cpu_seconds_total', { worker: '1' })).toBeUndefined();
  },
);

test("the front end's own process is shown by the usual names", async () => {
  const { value } = await scrape(create());
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(value('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
  expect(value('nodejs_version_info', { version: process.version })).toBe(1);
});

describe('metrics of the job', () => {
  test('are gauges whose numbers look like Python floats, one block per name', async () => {
    const text = await renderMetrics(create(), CUSTOM);
    expect(text).toContain(
      '\n# HELP job_positives Positives\\nby colour \\\\ shade\n# TYPE job_positives gauge\n' +
        'job_positives{color="blue"} 5.0\njob_positives{color="r\\"e\\\\d\\n"} 0.0\n',
    );
    expect(text).toContain('job_wasted_seconds 1.2\n');
    const { value } = parseExposition(text);
    expect(value('job_positives', { color: 'r"e\\d\n' })).toBe(0);
  });

  test.each([
    [0, '0.0'],
    [-3, '-3.0'],
    [1e15, '1000000000000000.0'],
    [1e16, '10000000000000000'],
    [1e-7, '1e-7'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('the number %d is written as %s', async (value, text) => {
    expect(await renderMetrics(create(), [{ name: 'x', value }])).toMatch(`\nx ${text}\n`);
  });

  test('a name in use already is left out with a note', async () => {
    const custom = ['requests_done_total', 'request_duration_sum', 'process_open_fds', 'mine'].map((name) => ({
      name,
      value: 7,
    }));
    const text = await renderMetrics(create(), custom);
    const { samples } = parseExposition(text);
    expect(samples.filter((sample) => sample.value === 7).map((sample) => sample.name)).toEqual(['mine']);
    expect(text).toContain("# The job's metric requests_done_total is left out");
  });

  test('characters that a name or label may not hold become underscores', async () => {
    const { samples } = await scrape(create(), [{ name: '9 käse', value: 1, labels: { 'a-b': 'x', '': 'y' } }]);
    expect(samples.find((sample) => sample.value === 1 && sample.name.startsWith('_9'))).toEqual({
      name: '_9_k_se',
      labels: { a_b: 'x', _: 'y' },
      value: 1,
    });
  });

  test('of two values for one series the later one stands', async () => {
    const { samples } = await scrape(create(), [
      { name: 'x', value: 1, labels: { a: '1', b: '2' } },
      { name: 'x', value: 2, labels: { b: '2', a: '1' } },
    ]);
    expect(samples.filter((sample) => sample.name === 'x').map((sample) => sample.value)).toEqual([2]);
  });
});

test('two scrapes at once do not disturb each other', async () => {
  const metrics = busy();
  const [one, other] = await Promise.all([scrape(metrics), scrape(metrics)]);
  expect(one.value('requests_done_total')).toBe(2);
  expect(other.value('requests_done_total')).toBe(2);
});

test('a job that nobody scrapes never loads the metrics library', async () => {
  expect(await packagesOf('wrapper/metrics.ts', ['import-statement'])).not.toContain('prom-client');
  expect(await packagesOf('wrapper/metrics.ts', ['import-statement', 'dynamic-import'])).toContain('prom-client');
});

/** The packages that a module loads by these kinds of imports, its own modules' included. */
async function packagesOf(entry: string, kinds: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'dist',
    write: false,
    metafile: true,
  });
  const start = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint === entry) ?? '';
  const seen = new Set([start]);
  for (const path of seen) {
    for (const used of metafile.outputs[path]?.imports ?? []) if (kinds.includes(used.kind)) seen.add(used.path);
  }
  return [...seen];
}

const promtool = spawnSync('promtool', ['--version']).status === 0;

test.runIf(promtool)(
  promtool ? 'promtool finds nothing to complain about' : 'promtool is not asked: it is not installed here',
  async () => {
    const input = await renderMetrics(busy(), CUSTOM);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  },
);
