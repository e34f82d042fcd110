/** Plugins come over the network: from an address, from npm and from releases, with limits of size and time. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PLUGIN_LIMITS } from '../../plugins/limits.ts';
import { fetchPlugin } from '../../plugins/source.ts';
import { MANIFEST, PLUGIN, temporaryFolder, workplace, zipOf } from './plugins-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

let zip: Buffer;
beforeEach(async () => {
  zip = await zipOf({ 'plugin-manifest.yaml': MANIFEST, 'plugin.mjs': PLUGIN });
});

/** A server on this machine; resolves to its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an address', () => {
  test('is fetched, and is the origin', async () => {
    const address = await serve((request, response) => {
      if (request.url === '/moved.zip') response.writeHead(302, { location: '/rust.zip' }).end();
      else response.end(zip);
    });
    const place = workplace();
    const { code, stdout } = await place.run(['install', `${address}/moved.zip`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`origin  ${address}/moved.zip`);
    expect(place.installed()).toEqual(['rust/1.0.0.json']);
  });

  test.each([
    ['answers 404', (_: unknown, response) => response.writeHead(404).end('no'), 'it answered 404 Not Found'],
    ['breaks off', (request: IncomingMessage) => void request.socket.destroy(), 'cannot download'],
    ['sends a page', (_: unknown, response) => response.end('<html>'), 'the ZIP is refused'],
  ] as readonly [string, RequestListener, string][])('that %s', async (_name, listener, message) => {
    const address = await serve(listener);
    const place = workplace();
    const error = await place.tryInstall(`${address}/rust.zip`);
    expect(error?.message).toContain(message);
    expect([place.installed(), place.leftOvers()]).toEqual([[], []]);
  });

  test('that sends without end is given up at the limit', async () => {
    let isOver = false;
    const address = await serve((_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(64 * 1024)), 1);
      response.once('close', () => {
        clearInterval(timer);
        isOver = true;
      });
    });
    const limits = { ...PLUGIN_LIMITS, zipBytes: 1024 * 1024 };
    await expect(fetchPlugin(`${address}/a.zip`, { cwd: '/', env: {}, limits })).rejects.toThrow(
      'it is larger than 1 MB',
    );
    await expect.poll(() => isOver).toBe(true);
  });

  test('that never answers is given up in time', async () => {
    const address = await serve(() => {});
    const limits = { ...PLUGIN_LIMITS, downloadMs: 300 };
    await expect(fetchPlugin(`${address}/a.zip`, { cwd: '/', env: {}, limits })).rejects.toThrow(
      'it took longer than 0.3 s',
    );
  });

  test('where nothing listens', async () => {
    const error = await workplace().tryInstall('http://127.0.0.1:1/a.zip');
    expect(error?.message).toMatch(/cannot download http:\/\/127\.0\.0\.1:1\/a\.zip: .*(bad port|ECONNREFUSED)/);
  });
});

describe('github.com', () => {
  const release = (tag: string, more: object = {}) => ({
    tag_name: tag,
    draft: false,
    prerelease: false,
    assets: [],
    ...more,
  });
  let asked: { path: string; authorization: string | undefined }[];

  async function github(releases: (address: string) => object[]): Promise<string> {
    asked = [];
    const address = await serve((request, response) => {
      asked.push({ path: request.url as string, authorization: request.headers.authorization });
      if (request.url?.startsWith('/repos/')) response.end(JSON.stringify(releases(`http://${request.headers.host}`)));
      else response.end(zip);
    });
    return address;
  }
  const assets = (address: string, name = 'rust.zip') => [
    { name: 'notes.txt', url: `${address}/notes` },
    { name, url: `${address}/${name}` },
  ];

  test('gives the highest stable release, or the one that is named', async () => {
    const api = await github((address) => [
      release('1.9.0', { assets: assets(address, '1.9.0.zip') }),
      release('v1.10.0', { assets: assets(address, '1.10.0.zip') }),
      release('2.0.0-rc1', { assets: assets(address, 'rc.zip') }),
      release('3.0.0', { prerelease: true, assets: assets(address, 'pre.zip') }),
      release('4.0.0', { draft: true, assets: assets(address, 'draft.zip') }),
    ]);
    const settings = { cwd: '/', env: { GITHUB_API_URL: api, GITHUB_TOKEN: 'secret' } };
    expect(await fetchPlugin('github.com/o/r', settings)).toEqual({ zip, origin: `${api}/1.10.0.zip` });
    expect((await fetchPlugin('https://github.com/o/r==2.0.0-rc1', settings)).origin).toBe(`${api}/rc.zip`);
    expect((await fetchPlugin('github.com/o/r==1.9.0', settings)).origin).toBe(`${api}/1.9.0.zip`);
    expect(asked.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
    await expect(fetchPlugin('github.com/o/r==9.9.9', settings)).rejects.toMatchObject({
      message: 'github.com/o/r has no release 9.9.9',
      hint: 'its releases are: 1.9.0, v1.10.0, 2.0.0-rc1, 3.0.0',
    });
  });

  test('sends the token nowhere else', async () => {
    let seen: string | undefined = 'nothing';
    const elsewhere = await serve((request, response) => {
      seen = request.headers.authorization;
      response.end(zip);
    });
    const api = await github(() => [release('1.0.0', { assets: assets(elsewhere) })]);
    await fetchPlugin('github.com/o/r', { cwd: '/', env: { GITHUB_API_URL: api, GITHUB_TOKEN: 'secret' } });
    expect(seen).toBeUndefined();
  });

  test.each([
    ['no ZIP', [release('1.0.0')], 'the release 1.0.0 of github.com/o/r has no ZIP'],
    ['no stable release', [release('1.0.0-rc1')], 'github.com/o/r has no stable release'],
    ['no list', 'limit exceeded', 'its answer is no list of releases'],
  ])('with %s says so', async (_name, answer, message) => {
    const api = await serve((_, response) => response.end(JSON.stringify(answer)));
    await expect(fetchPlugin('github.com/o/r', { cwd: '/', env: { GITHUB_API_URL: api } })).rejects.toThrow(message);
  });
});

describe('npm', () => {
  /** A registry of one package that depends on another one, for the real npm. */
  async function registry(): Promise<string> {
    const folder = temporaryFolder({
      'rust/package.json': JSON.stringify({
        name: 'plugin-rust',
        version: '1.0.0',
        dependencies: { helper: '1.0.0' },
        scripts: { install: 'touch /tmp/must-not-run' },
      }),
      'rust/plugin-manifest.yaml': MANIFEST,
      'rust/plugin.mjs': `import 'helper';\n${PLUGIN}`,
      'helper/package.json': JSON.stringify({ name: 'helper', version: '1.0.0', main: 'helper.js' }),
      'helper/helper.js': 'module.exports = 1;\n',
    });
    const tarballs = new Map<string, Buffer>();
    for (const [name, source] of [
      ['plugin-rust', 'rust'],
      ['helper', 'helper'],
    ] as const) {
      await execa('npm', ['pack', `./${source}`, '--pack-destination', folder], { cwd: folder });
      tarballs.set(name, readFileSync(join(folder, `${name}-1.0.0.tgz`)));
    }
    return serve((request, response) => {
      const path = decodeURIComponent(request.url as string);
      const tarball = tarballs.get(path.replace(/^\/(.*)\.tgz$/, '$1'));
      const name = path.slice(1);
      const content = tarballs.get(name);
      if (tarball) response.end(tarball);
      else if (content) response.end(JSON.stringify(packument(name, content, `http://${request.headers.host}`)));
      else response.writeHead(404).end('{}');
    });
  }

  const packument = (name: string, content: Buffer, address: string) => ({
    name,
    'dist-tags': { latest: '1.0.0' },
    versions: {
      '1.0.0': {
        name,
        version: '1.0.0',
        ...(name === 'plugin-rust' ? { dependencies: { helper: '1.0.0' }, hasInstallScript: true } : {}),
        dist: {
          tarball: `${address}/${name}.tgz`,
          integrity: `sha512-${createHash('sha512').update(content).digest('base64')}`,
        },
      },
    },
  });

  const npmEnv = (address: string) => ({ npm_config_registry: address, npm_config_cache: temporaryFolder() });

  test('fetches a package with what it depends on', async () => {
    const place = workplace();
    const { code, stdout, stderr } = await place.run(['install', 'npm:plugin-rust@1.0.0'], npmEnv(await registry()));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('origin  npm:plugin-rust@1.0.0');
    expect(place.installed()).toEqual(['rust/1.0.0.json']);
  });

  test.each([
    ['npm:no-such-plugin', 'npm cannot fetch no-such-plugin: '],
    ['npm:', 'npm: names no npm package'],
    ['npm:a;touch b', 'names no npm package'],
    ['npm:--version', 'npm cannot fetch --version'],
  ])('%s', async (uri, message) => {
    const error = await workplace().tryInstall(uri, {
      env: npmEnv(await serve((_, response) => response.writeHead(404).end('{}'))),
    });
    expect(error?.message).toContain(message);
  });
});

test('what is neither of these is a path', async () => {
  const error = await workplace().tryInstall('nowhere.zip');
  expect(error?.message).toMatch(/there is no plugin at \/.*\/nowhere\.zip/);
});
