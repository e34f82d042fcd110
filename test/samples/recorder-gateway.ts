/** Owns the stand-in gateway of samples: it leads to other jobs or answers as told, and remembers what it was asked. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { GatewayCall } from './expect-format.ts';

interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly json: unknown;
}

export interface RecorderGateway {
  readonly address: string;
  readonly received: readonly RecordedCall[];
  stop(): Promise<void>;
}

/** `jobs` holds the addresses of other jobs by their names. */
export async function startRecorderGateway(
  calls: readonly GatewayCall[],
  jobs: ReadonlyMap<string, string> = new Map(),
): Promise<RecorderGateway> {
  const received: RecordedCall[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const job = jobs.get(/^\/pub\/job\/([^/]+)\//.exec(path)?.[1] ?? '');
    if (job !== undefined) return passOn(request, response, job);
    const answer = calls.find((call) => call.path === path)?.answer ?? { status: 404, json: { error: 'no such job' } };
    const { method = '', headers } = request;
    received.push({ method, path, headers, json: JSON.parse(await text(request)) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function passOn(request: IncomingMessage, response: ServerResponse, address: string): void {
  const { method = '', url = '', headers } = request;
  request.pipe(
    open(address + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }),
  );
}
