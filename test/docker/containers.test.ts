/** Programs in containers, with a real engine: what they may do, what becomes of them, and that nothing of them stays. */
import { afterEach, expect, test, vi } from 'vitest';
import { startWrapper, type WrapperUnderTest } from '../../wrapper/testing.ts';
import { folderOf, serve } from '../smoke/command.ts';
import { describeWithDocker, docker } from './engine.ts';

const LIMIT = 180_000;
const LISTENING = `
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/exit': os._exit(5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write('|'.join([os.environ.get('COLOUR', ''), os.environ.get('TOKEN', ''), os.environ['JOB_NAME'], str(os.getuid()), open('/proc/self/status').read()]).encode())
print('listening', flush=True)
HTTPServer(('', int(os.environ['PORT'])), Handler).serve_forever()
`;
const DOCKERFILE =
  'FROM python:3.11-slim-bookworm\nCOPY program.py /\nEXPOSE 9000\nUSER 10001\nCMD ["python", "/program.py"]\n';
const MANIFEST = `
name: colours
jobtype: docker-proxy:latest
owner_email: a@example.com
git: { remote: https://example.com/a.git }
runtime_env: { COLOUR: green }
secret_runtime_env_file: secrets.env
resources: { memory_max: 128Mi, cpu_max: 500m }
`;
const FILES = { Dockerfile: DOCKERFILE, 'program.py': LISTENING, 'job.yaml': MANIFEST, 'secrets.env': 'TOKEN=hidden' };

/** The containers that belong to a process; other test files have theirs at the same time. */
function containersOf(pid: number): string[] {
  const lines = docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Label "racetrack.wrapper.owner"}}');
  return lines.split('\n').flatMap((line) => {
    const [id = '', , owner] = line.split(' ');
    return owner === String(pid) ? [id] : [];
  });
}

const own = () => containersOf(process.pid);

describeWithDocker('containers', () => {
  let job: WrapperUnderTest | undefined;
  afterEach(async () => {
    await job?.stop();
    job = undefined;
    expect(own()).toEqual([]);
  }, LIMIT);

  const start = async (files: Record<string, string>, args: string[] = []) => {
    const folder = folderOf(files);
    job = await startWrapper({ entrypoint: `${folder}/Dockerfile`, cwd: folder, args });
    return job;
  };
  const failure = async (files: Record<string, string>, args: string[] = []): Promise<string> =>
    start(files, args).then(
      () => 'it started',
      (error: Error) => error.message,
    );

  test(
    'have the variables and limits of the manifest, few rights, and one port on loopback',
    async () => {
      const { address } = await start(FILES);
      const [colour, token, name, uid, status] = (await (await fetch(`${address}/`)).text()).split('|');
      expect([colour, token, name, uid]).toEqual(['green', 'hidden', 'colours', '10001']);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      const { HostConfig } = JSON.parse(docker('inspect', ...own()))[0];
      expect(HostConfig).toMatchObject({
        Memory: 128 * 1024 * 1024,
        NanoCpus: 500_000_000,
        CapDrop: ['ALL'],
        Init: true,
      });
      expect(HostConfig.PortBindings).toEqual({ '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: expect.any(String) }] });
    },
    LIMIT,
  );

  test(
    'are replaced when they end',
    async () => {
      const { address, logs } = await start(FILES);
      const [first] = own();
      expect((await fetch(`${address}/exit`)).status).toBe(502);
      await vi.waitFor(
        () => expect(logs()).toContain('the program ended with exit code 5; it is started anew'),
        20_000,
      );
      await vi.waitFor(async () => expect((await fetch(`${address}/ready`)).status).toBe(200), {
        timeout: 60_000,
        interval: 100,
      });
      expect(own()).not.toContain(first);
    },
    LIMIT,
  );

  test(
    'that end before they are ready fail the start with their last lines',
    async () => {
      const program = "import sys\nsys.exit('there is no model')\n";
      expect(await failure({ Dockerfile: DOCKERFILE, 'program.py': program })).toMatch(
        /the program ended with exit code 1 before it was ready; its last lines: there is no model/,
      );
    },
    LIMIT,
  );

  test(
    'whose image cannot be built fail the start with the builder’s lines',
    async () => {
      const text = await failure({ Dockerfile: 'FROM python:3.11-slim-bookworm\nRUN echo no luck && exit 7\n' });
      expect(text).toMatch(/the image could not be built: .*no luck.*exit code: 7/s);
    },
    LIMIT,
  );

  test(
    'whose program is missing fail the start and are removed',
    async () => {
      const text = await failure({ Dockerfile: 'FROM python:3.11-slim-bookworm\nCMD ["/no/such/program"]\n' });
      expect(text).toContain('exec /no/such/program failed');
    },
    LIMIT,
  );

  test(
    'of an image with a name run, too; a name that is none is refused',
    async () => {
      const folder = folderOf(FILES);
      docker('build', '--quiet', '--tag', 'racetrack-test:named', folder);
      job = await startWrapper({ args: ['--image', 'racetrack-test:named'], cwd: '/tmp' });
      expect((await fetch(`${job.address}/`)).status).toBe(200);
      await job.stop();
      docker('image', 'rm', 'racetrack-test:named');
      await expect(startWrapper({ args: ['--image', '--privileged'] })).rejects.toThrow();
    },
    LIMIT,
  );

  test(
    'whose wrapper was killed are removed by the next one',
    async () => {
      const folder = folderOf(FILES);
      const killed = await serve([`${folder}/Dockerfile`], { cwd: folder });
      await killed.shows('Server is ready');
      await killed.stop('SIGKILL');
      expect(containersOf(killed.pid)).toHaveLength(1);
      await start(FILES);
      expect(containersOf(killed.pid)).toEqual([]);
    },
    LIMIT,
  );
});
