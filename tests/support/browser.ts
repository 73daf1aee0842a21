import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

/** Debian's Chromium. */
const CHROMIUM = '/usr/bin/chromium';

/** Whether pages can be opened; where not, their tests are skipped. On a build server (CI=true) it has to be so. */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  if (process.env.CI === 'true') throw new Error(`${CHROMIUM} is missing; install Debian's package chromium`);
  return false;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** How a page is opened. */
export interface PageOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly gpu?: boolean;
}

const IMITATED_GPU = [
  ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan,WebGPU'],
  '--ignore-gpu-blocklist',
];

/**
 * Opens a page in headless Chromium, served on loopback, and waits for what it posts as JSON, to any address.
 *
 * @param files what is served: of a path the content, undefined if there is none
 * @param options.headers sent with it
 * @param options.gpu whether there is a graphics processor, which Chromium imitates
 * @throws Error with what Chromium printed, if it ends before
 */
export async function postedBy(
  page: string,
  files: (path: string) => Promise<Uint8Array | string | undefined>,
  { headers = {}, gpu = false }: PageOptions = {},
): Promise<unknown> {
  const profile = await mkdtemp(join(tmpdir(), 'fewmask-test-'));
  let posted: (body: unknown) => void;
  const body = new Promise<unknown>((resolve) => {
    posted = resolve;
  });
  const serve = async (path: string, response: ServerResponse) => {
    const content = await files(path);
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? '',
      ...headers,
    });
    response.end(content);
  };
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return serve(request.url!, response);
    const chunks = await request.toArray();
    response.end();
    posted(JSON.parse(Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const chromium = spawn(
    CHROMIUM,
    [
      ...['--headless', '--no-sandbox', '--enable-logging=stderr'],
      ...(gpu ? IMITATED_GPU : ['--disable-gpu']),
      ...[`--user-data-dir=${profile}`, '--remote-debugging-pipe', `http://127.0.0.1:${port}${page}`],
    ],
    // With the pipe of the debugger, Chromium stays until it is closed.
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  );
  let told = '';
  chromium.stderr!.on('data', (text) => {
    told += text;
  });
  const ended = new Promise<void>((resolve) => chromium.on('close', () => resolve()));
  try {
    return await Promise.race([body, ended.then(() => Promise.reject(new Error(told)))]);
  } finally {
    chromium.kill();
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
