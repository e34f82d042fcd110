/** Functions written for TheRacetrack's Go wrapper, and typed ones: what callers get. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPILE_LIMIT, call, describeGo, failureOf, type GoJob, removeFolder, settle, startGo } from './go-jobs.ts';

const ADDER = `package adder

import "fmt"

func Perform(input map[string]interface{}) (interface{}, error) {
	numbers, given := input["numbers"]
	if !given {
		return nil, fmt.Errorf("'numbers' parameter was not given")
	}
	list, isList := numbers.([]interface{})
	if !isList {
		return nil, fmt.Errorf("'numbers' is not a list")
	}
	sum := 0.0
	for _, number := range list {
		sum += number.(float64)
	}
	return sum, nil
}
`;

function describeJob(title: string, files: Record<string, string>, body: (job: () => GoJob) => void): void {
  describeGo(title, () => {
    let job: GoJob;
    beforeAll(async () => {
      job = await startGo(files);
      expect(await settle(job), job.logs()).toMatchObject({ status: 200 });
    }, COMPILE_LIMIT);
    afterAll(async () => {
      await job?.stop();
      removeFolder(job.folder);
    });
    body(() => job);
  });
}

describeJob(
  'the original function in a module of an old Go',
  { 'perform.go': ADDER, 'go.mod': 'module adder\n\ngo 1.13\n' },
  (job) => {
    test.each([
      ['an input', { numbers: [40, 2] }, 200, '42'],
      ['fractions', { numbers: [0.1, 0.2] }, 200, '0.30000000000000004'],
      ['an error', {}, 500, `{"error":"'numbers' parameter was not given","type":"error"}`],
      ['no body', '', 500, `{"error":"'numbers' parameter was not given","type":"error"}`],
      ['null', 'null', 500, `{"error":"'numbers' parameter was not given","type":"error"}`],
      ['another error', { numbers: 5 }, 500, `{"error":"'numbers' is not a list","type":"error"}`],
      [
        'a panic',
        { numbers: ['a'] },
        500,
        '{"error":"interface conversion: interface {} is string, not float64","type":"RuntimeError"}',
      ],
      [
        'no object',
        [1],
        422,
        '{"detail":[{"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary","input":[1]}]}',
      ],
      [
        'no JSON',
        'bad',
        422,
        `{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"invalid character 'b' looking for beginning of value"}}]}`,
      ],
      [
        'no UTF-8',
        Buffer.from('{"\xff":1}', 'latin1'),
        400,
        '{"detail":"There was an error parsing the body: it is not UTF-8"}',
      ],
    ])('%s', async (_title, body, status, text) => {
      expect(await call(job(), body)).toMatchObject({
        status,
        text,
        fault: status === 200 ? null : status === 500 ? 'job' : 'caller',
      });
    });

    test('the content type does not matter', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect(await call(job(), '{"numbers":[1]}', { headers })).toMatchObject({ status: 200, text: '1' });
    });

    test('the place of a panic is in the log', async () => {
      await call(job(), { numbers: ['a'] });
      expect(job().logs()).toContain(`traceback=${job().folder}/perform.go:16`);
    });

    test('the worker survives panics', async () => {
      for (let n = 0; n < 20; n += 1) await call(job(), { numbers: ['a'] });
      expect(await call(job(), { numbers: [1, 2] })).toMatchObject({ text: '3' });
      expect(job().logs()).not.toContain('a new one takes its place');
    });
  },
);

describeGo('what cannot be compiled', () => {
  test(
    'is shown as the compiler prints it',
    async () => {
      const source = ADDER.replace('sum := 0.0', 'sum := zero').replace('return sum, nil', 'return sum, nothing');
      const { error, logs } = await failureOf({ 'perform.go': source, 'go.mod': 'module adder\n\ngo 1.21\n' });
      const lines = ['./perform.go:14:9: undefined: zero', './perform.go:18:14: undefined: nothing'];
      expect(error).toBe(`the job cannot be compiled:\n  ${lines.join('\n  ')}`);
      for (const line of lines) expect(logs).toMatch(new RegExp(`ERROR ${line.replaceAll('.', '\\.')}$`, 'm'));
    },
    COMPILE_LIMIT,
  );
});
