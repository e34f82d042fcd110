/** Owns finding a port for a program that is about to be started. */
import { type AddressInfo, createServer } from 'node:net';

/** A port that nobody listens at now. Somebody else may take it before the program does: its start then fails and says so. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
