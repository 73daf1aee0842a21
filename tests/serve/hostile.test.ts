import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/serve/server.node.ts';
import { writeDataset, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { headers, linkWith, neverTrains, serving } from './support.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const stems = await writeDataset(data, { count: 4 });
// Outside, and a link to it that looks like an image.
await writePicture(join(root, 'secret.png'), 8, 8, new Uint8Array(8 * 8 * 3));
await symlink(join(root, 'secret.png'), join(data, 'images', 'link.png'));
await writeFile(join(data, 'images', 'broken.png'), 'no image');
const { app } = await serving(data, root);
const ask = (path: string, changes: Readonly<Record<string, string | null>> = {}, init: RequestInit = {}) =>
  app.request(path, { ...init, headers: headers(changes) });
const maskOf = (stem: string) => `/api/mask?stem=${encodeURIComponent(stem)}`;

describe('who may ask', () => {
  test('the printed link gives a cookie and leads to the page, once the token is right', async () => {
    const answer = await ask(linkWith(), { cookie: null, origin: null, 'sec-fetch-site': 'none' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/');
    expect(answer.headers.get('set-cookie')).toMatch(/^fewmask-4317=the-token; .*HttpOnly; SameSite=Strict$/);
    for (const token of ['', 'wrong', 'the-tokem', 'the-token2'])
      expect((await ask(linkWith(token), { cookie: null })).status).toBe(403);
  });

  test.each([
    ['no cookie', { cookie: null }],
    ['a wrong cookie', { cookie: 'fewmask-4317=other' }],
    ['the cookie of another port', { cookie: 'fewmask-4318=the-token' }],
    ['another name of the server (DNS rebinding)', { host: 'evil.example:4317', origin: null }],
    ['another port in the name', { host: '127.0.0.1:80', origin: null }],
    ['no name', { host: null, origin: null }],
    ['another origin', { origin: 'http://evil.example' }],
    ['the origin of another port', { origin: 'http://127.0.0.1:4318' }],
    ['the origin null', { origin: 'null' }],
    ['another site', { origin: null, 'sec-fetch-site': 'cross-site' }],
    ['another page of this machine', { origin: null, 'sec-fetch-site': 'same-site' }],
  ])('%s is refused, wherever it asks', async (_, changes) => {
    for (const path of ['/api/dataset', maskOf(stems[0]), '/index.html', '/api/nothing'])
      expect((await ask(path, changes)).status).toBe(403);
    const put = { method: 'PUT', body: new Uint8Array(10) };
    expect((await ask(maskOf(stems[0]), changes, put)).status).toBe(403);
  });

  test('a page whose server was started anew is told what to do, and so is who opens it, in words', async () => {
    const before = { cookie: 'fewmask-4317=the-token-before' };
    const todo = /^access: .*open the link .*, then try again$/;
    const answer = await ask('/api/dataset', before);
    expect(await answer.json()).toEqual({ problem: expect.stringMatching(todo) });
    expect(await (await ask('/', before)).text()).toMatch(todo);
  });

  test('what changes something needs its origin', async () => {
    const put = { method: 'PUT', body: new Uint8Array(10) };
    expect((await ask(maskOf(stems[0]), { origin: null }, put)).status).toBe(403);
    expect((await ask(maskOf(stems[0]), {}, put)).status).toBe(428);
  });

  test('every answer has the safe headers, and none tells what answers', async () => {
    for (const path of ['/', '/api/dataset', '/api/nothing', maskOf('no such')]) {
      const answer = await ask(path);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('content-security-policy')).not.toContain('unsafe-inline');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect([...answer.headers.keys()].filter((name) => /server|powered/.test(name))).toEqual([]);
    }
    expect((await ask('/', { cookie: null })).headers.get('content-security-policy')).toContain(
      'frame-ancestors',
    );
  });
});

describe('places outside', () => {
  test.each([
    '../secret',
    '..%2fsecret',
    '%2e%2e/secret',
    '/etc/passwd',
    join(root, 'secret'),
    'images/../../secret',
    '....//secret',
    'C:\\secret',
    '\u0000',
    'link',
    '__proto__',
    'constructor',
  ])('%s is no image', async (stem) => {
    for (const place of ['thumbnail', 'image', 'mask'])
      expect((await ask(`/api/${place}?stem=${encodeURIComponent(stem)}`)).status).toBe(404);
    const put = { method: 'PUT', body: new Uint8Array(48 * 48) };
    expect((await ask(maskOf(stem), { 'if-match': '"none"' }, put)).status).toBe(404);
  });

  test.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/secret.png',
    '//etc/passwd',
    '/assets/../../secret.png',
    '/page/index.html',
  ])('%s is no file of the page', async (path) => expect((await ask(path)).status).toBe(404));

  test('the link that leads out is not listed', async () => {
    const { images } = (await (await ask('/api/dataset')).json()) as { images: { stem: string }[] };
    expect(images.map(({ stem }) => stem)).toEqual([...stems, 'broken'].sort());
  });
});

describe('what cannot be', () => {
  test('a broken image is told, and everything else is answered', async () => {
    for (const place of ['thumbnail', 'image', 'mask']) {
      const answer = await ask(`/api/${place}?stem=broken`);
      expect(answer.status).toBe(422);
      expect(((await answer.json()) as { problem: string }).problem).toContain('broken.png');
    }
    expect((await ask(`/api/thumbnail?stem=${stems[0]}`)).headers.get('content-type')).toBe('image/webp');
  });

  test('a mask of another size, or with labels that there are not, is refused and nothing is written', async () => {
    const path = join(data, 'masks', `${stems[0]}.png`);
    const before = await readFile(path);
    const version = (await ask(maskOf(stems[0]))).headers.get('etag')!;
    for (const body of [
      new Uint8Array(0),
      new Uint8Array(7),
      new Uint8Array(48 * 48).fill(2),
      new Uint8Array(48 * 48).fill(255),
    ]) {
      const answer = await ask(maskOf(stems[0]), { 'if-match': version }, { method: 'PUT', body });
      expect(answer.status).toBe(422);
    }
    expect(await readFile(path)).toEqual(before);
  });

  test('a body beyond the bound is refused before it is read', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) });
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    expect((await ask(maskOf(stems[0]), { 'if-match': '"none"' }, init)).status).toBe(413);
    const told = { 'if-match': '"none"', 'content-length': '1000000000' };
    expect((await ask(maskOf(stems[0]), told, { method: 'PUT', body: new Uint8Array(4) })).status).toBe(413);
  });
});

/** Of a request with exactly these headers. */
const statusOf = (port: string, sent: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/api/dataset', headers: sent }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    }).on('error', reject);
  });

describe('a server that listens', () => {
  test('answers a thousand requests at once, and slow ones do not keep it', async () => {
    await mkdir(join(root, 'built'), { recursive: true });
    const { link, close } = await startServer({ data, port: 0 }, neverTrains);
    try {
      const { origin, port, host } = new URL(link);
      const entered = await fetch(link, { redirect: 'manual' });
      const cookie = entered.headers.get('set-cookie')!.split(';')[0];
      // Many that never end their request.
      const slow = Array.from({ length: 50 }, () => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n`);
        return socket;
      });
      const answers = await Promise.all(
        Array.from({ length: 1000 }, () =>
          fetch(`${origin}/api/thumbnail?stem=${stems[1]}`, { headers: { cookie } }),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      expect(await statusOf(port, { cookie, host: 'evil.example' })).toBe(403);
      expect(await statusOf(port, { cookie, host })).toBe(200);
      for (const socket of slow) socket.destroy();
    } finally {
      await close();
    }
    expect(existsSync(join(root, 'secret.png'))).toBe(true);
  });

  test('a port that is taken, and a folder that is none, are refused', async () => {
    const { link, close } = await startServer({ data, port: 0 }, neverTrains);
    const { port } = new URL(link);
    expect(await refusal(startServer({ data, port: Number(port) }, neverTrains))).toContain('EADDRINUSE');
    await close();
    expect(await refusal(startServer({ data: join(root, 'nothing') }, neverTrains))).toContain(
      'no such folder',
    );
    expect(await refusal(startServer({ data: join(root, 'secret.png') }, neverTrains))).toContain('a file');
  });
});
