import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { isEncoderName } from '../../src/encoders/catalogue.ts';
import { openDownload } from '../../src/encoders/download.node.ts';
import { hubModel } from '../../src/encoders/hub.ts';
import { listEncoders } from '../../src/encoders/list.node.ts';
import { describeEncoder, readEncoder, withEncoders } from '../../src/encoders/read.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { withFullPaths } from '../../src/settings/resolve.node.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { NO_HUB, startServer } from '../support/hub.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { asTimm, drawWeights } from '../support/torchvision-reference.ts';

const root = await temporaryFolder();
const metadata = {};
const weights = asTimm('mobilenet_v2', drawWeights('mobilenet_v2'));
const bytes = encodeSafetensors({ tensors: weights, metadata });
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const LATER = 'fedcba9876543210fedcba9876543210fedcba98';
const NAME = 'hf:some-one/a_model.v1';
const PATH = '/some-one/a_model.v1/resolve/main/model.safetensors';

describe('the name', () => {
  test.each([
    ['hf:timm/resnet18.a1_in1k', { repository: 'timm/resnet18.a1_in1k', revision: 'main' }],
    ['hf:a/b@v1.0', { repository: 'a/b', revision: 'v1.0' }],
    ['hf:a/b@refs/pr/1', { repository: 'a/b', revision: 'refs/pr/1' }],
    ['hf:a', undefined],
    ['hf:a/b/c', undefined],
    ['hf:../b', undefined],
    ['hf:a/..', undefined],
    ['hf:a/b@../c', undefined],
    ['hf:a/b@', undefined],
    ['./hf:a/b', undefined],
  ])('%s means %j', (name, model) => {
    expect(hubModel(name)).toEqual(model);
    expect(isEncoderName(name)).toBe(model !== undefined);
    if (model) expect(withFullPaths(trainSchema, { encoder: name }).encoder).toBe(name);
  });
});

let place = '';
let count = 0;
const open: { close(): Promise<unknown> }[] = [];

beforeEach(() => {
  place = join(root, String(count++));
  vi.stubEnv('FEWMASK_CACHE', place);
  vi.stubEnv('HF_ENDPOINT', NO_HUB);
  vi.stubEnv('HF_TOKEN', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(answer: Parameters<typeof startServer>[0]) {
  const server = await startServer(answer);
  open.push(server);
  return server;
}

/** Another machine, where the hub's files lie. */
const store = (content: Uint8Array = bytes) =>
  serve((_, response) => response.setHeader('etag', `"${'0'.repeat(64)}"`).end(content));

/** The hub, which says what the file is and sends elsewhere for it. */
async function hub({
  where,
  hash = sha256(bytes),
  commit = COMMIT,
}: {
  where?: string;
  hash?: string;
  commit?: string;
} = {}) {
  const server = await serve((_, response) => {
    response.setHeader('x-repo-commit', commit).setHeader('x-linked-etag', `"${hash}"`);
    response.setHeader('x-linked-size', bytes.length);
    if (where) response.writeHead(302, { location: `${where}/file?signed=1` }).end();
    else response.end(bytes);
  });
  vi.stubEnv('HF_ENDPOINT', server.url);
  return server;
}

function listen() {
  const said: string[] = [];
  const hooks = listening({
    warning: (text: string) => said.push(`warning: ${text}`),
    notice: (text: string) => said.push(text),
  });
  return { said, hooks };
}

const folder = () => join(place, 'hub', 'some-one--a_model.v1');
const kept = () => readdir(folder()).catch(() => []);
const file = () => join(folder(), `${COMMIT}.safetensors`);

test('is fetched once, with a word about it, and kept by its commit', async () => {
  const server = await hub();
  const { said, hooks } = listen();
  const first = await readEncoder(NAME, hooks);
  expect(first.encoder.name).toBe('mobilenetv2-pytorch');
  expect(first.sha256).toBe(sha256(bytes));
  expect((await readEncoder(NAME, hooks)).sha256).toBe(first.sha256);
  expect(describeEncoder(NAME)).toBe(first.encoder);
  expect(server.asked).toEqual([{ path: PATH, authorization: undefined }]);
  expect(said).toEqual([
    `fetching encoder ${NAME}: model.safetensors, ${(bytes.length / 1e6).toFixed(1)} MB, from ${server.url} to ${place}`,
  ]);
  expect((await kept()).sort()).toEqual([`${COMMIT}.safetensors`, `${COMMIT}.sha256`, 'main.ref']);
  expect(sha256(await readFile(file()))).toBe(sha256(bytes));
});

test('the commit itself, and another name of it, need no second download', async () => {
  const where = await store();
  await hub({ where: where.url });
  await readEncoder(NAME);
  await readEncoder(`${NAME}@v1`);
  expect(where.asked).toHaveLength(2);
  const { said, hooks } = listen();
  vi.stubEnv('HF_ENDPOINT', NO_HUB);
  await readEncoder(`${NAME}@${COMMIT}`, hooks);
  await readEncoder(`${NAME}@v1`, hooks);
  expect(said).toEqual([]);
});

test('the token goes to the hub, and not with a redirect to another host', async () => {
  vi.stubEnv('HF_TOKEN', 'open-sesame');
  const where = await store();
  const server = await hub({ where: where.url });
  expect((await readEncoder(NAME)).sha256).toBe(sha256(bytes));
  expect(server.asked).toEqual([{ path: PATH, authorization: 'Bearer open-sesame' }]);
  expect(where.asked).toEqual([{ path: '/file?signed=1', authorization: undefined }]);
});

test('redirects within the hub are followed with the token; not for ever', async () => {
  vi.stubEnv('HF_TOKEN', 'open-sesame');
  const server = await serve((path, response) => {
    if (path === PATH) response.writeHead(307, { location: '/renamed' }).end();
    else if (path === '/renamed') response.end(bytes);
    else response.writeHead(302, { location: path }).end();
  });
  vi.stubEnv('HF_ENDPOINT', `${server.url}/`);
  await readEncoder(NAME);
  expect(server.asked.map(({ path, authorization }) => [path, authorization])).toEqual([
    [PATH, 'Bearer open-sesame'],
    ['/renamed', 'Bearer open-sesame'],
  ]);
  expect(await refusal(readEncoder('hf:other/model'))).toMatch(/more than 5 redirects/);
});

describe('a damaged file', () => {
  beforeEach(async () => {
    await hub();
    await readEncoder(NAME);
  });

  test.each<[string, () => Promise<void>]>([
    ['a byte flipped', async () => writeFile(file(), bytes.with(bytes.length - 5, bytes.at(-5)! ^ 1))],
    ['no header left', async () => writeFile(file(), 'nothing')],
    ['its hash gone', async () => writeFile(join(folder(), `${COMMIT}.sha256`), '')],
  ])('%s: is noticed and fetched again', async (_, damage) => {
    await damage();
    const { said, hooks } = listen();
    expect((await withEncoders(() => describeEncoder(NAME), hooks)).name).toBe('mobilenetv2-pytorch');
    expect((await readEncoder(NAME, hooks)).sha256).toBe(sha256(bytes));
    expect(said[0]).toBe(`warning: ${file()} is damaged; it is not used, and fetched again`);
    expect(sha256(await readFile(file()))).toBe(sha256(bytes));
    await damage();
    vi.stubEnv('HF_ENDPOINT', NO_HUB);
    expect(await refusal(readEncoder(NAME))).toMatch(/ECONNREFUSED/);
  });
});

describe('what cannot be had is refused after one attempt, with what to do, and nothing is kept', () => {
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (_: string, response: ServerResponse) =>
      void response.writeHead(code, headers).end('{}');

  test.each<[string, Parameters<typeof startServer>[0], RegExp]>([
    [
      'gated',
      status(401, { 'x-error-code': 'GatedRepo' }),
      /status 401 from .* \(GatedRepo\): no access.*HF_TOKEN/,
    ],
    ['forbidden', status(403), /status 403 from .*: no access.*HF_TOKEN/],
    [
      'missing',
      status(404),
      /status 404 .*not found, expected model.safetensors in some-one\/a_model.v1 at revision main/,
    ],
    ['broken', status(503), /status 503.*try again later/],
    [
      'hanging up',
      (_, response) => {
        response.destroy();
      },
      /no model.safetensors \(.*--encoder FILE$/,
    ],
    [
      'cutting the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
        setTimeout(() => response.destroy(), 50);
      },
      /no model.safetensors \(/,
    ],
    [
      'announcing another file',
      (_, response) => {
        response.setHeader('etag', `"${'0'.repeat(64)}"`).end(bytes);
      },
      /got a file with SHA-256 .*expected 0000.*announced/,
    ],
  ])('%s', async (_, answer, message) => {
    const { url, asked } = await serve(answer);
    vi.stubEnv('HF_ENDPOINT', url);
    expect(await refusal(readEncoder(NAME))).toMatch(message);
    expect(asked).toHaveLength(1);
    expect(await kept()).toEqual([]);
  });

  test('a file of another size or content than the hub announced', async () => {
    const where = await store(bytes.with(100, 0));
    await hub({ where: where.url });
    expect(await refusal(readEncoder(NAME))).toMatch(/got a file with SHA-256/);
    expect(await kept()).toEqual([]);
  });

  test('offline', async () => {
    const message = await refusal(readEncoder(NAME));
    expect(message).toMatch(/^encoder hf:some-one\/a_model.v1: got no model.safetensors \(.*ECONNREFUSED/);
    expect(message).toMatch(/connect once.*HF_ENDPOINT.*HF_TOKEN.*--encoder FILE$/);
  });

  test.each(['hub.example.org', 'http://me:secret@127.0.0.1:9'])('HF_ENDPOINT=%s', async (endpoint) => {
    vi.stubEnv('HF_ENDPOINT', endpoint);
    const message = await refusal(readEncoder(NAME));
    expect(message).toMatch(/HF_ENDPOINT: got .*expected an address/);
    expect(message).not.toContain('secret');
  });

  test.each([
    'resnetaa50.a1h_in1k',
    'resnetblur50.bt_in1k',
  ])('%s, which looks like another', async (model) => {
    expect(await refusal(readEncoder(`hf:timm/${model}`))).toMatch(
      /got a residual network with blurring.*export it to ONNX/,
    );
  });

  test('a model that is no encoder', async () => {
    const other = encodeSafetensors({
      tensors: new Map([['cls_token', { shape: [1], data: new Float32Array(1) }]]),
      metadata,
    });
    const server = await serve((_, response) => response.end(other));
    vi.stubEnv('HF_ENDPOINT', server.url);
    expect(await refusal(withEncoders(() => describeEncoder(NAME)))).toMatch(
      /^hf:some-one\/a_model.v1: got tensors such as cls_token, expected the weights of an encoder: .*resnet18/,
    );
  });
});

test('a server that falls silent is left', async () => {
  const { url } = await serve((path, response) => {
    if (path === '/body') response.writeHead(200, { 'content-length': 10 }).write('12345');
  });
  await expect(openDownload(new URL(`${url}/head`), { silence: 100 })).rejects.toThrow(/silent for 0.1 s/);
  const download = await openDownload(new URL(`${url}/body`), { silence: 100 });
  await expect(download.body()).rejects.toThrow(/silent for 0.1 s/);
});

test('the listed ones are known before they are fetched', async () => {
  expect(describeEncoder('hf:timm/resnet34.a1_in1k').name).toBe('resnet34');
  const { encoders } = await listEncoders();
  expect(
    encoders.filter(({ name }) => name.startsWith('hf:')).map(({ name, state }) => [name, state]),
  ).toEqual([
    ['hf:timm/mobilenetv2_100.ra_in1k', 'absent'],
    ['hf:timm/resnet18.a1_in1k', 'absent'],
    ['hf:timm/resnet34.a1_in1k', 'absent'],
  ]);
});

test('a run fetches it first and keeps its name; other bytes under that name are noticed', async () => {
  await hub();
  const { settings } = await tinySettings(place, 6);
  const run = join(place, 'run');
  await runTraining({ ...settings, encoder: NAME, maxSteps: 1, validation: false }, { out: run });
  const opened = await openRun(run);
  expect(opened.config.encoder).toBe(NAME);
  expect(opened.network.architecture.encoder.name).toBe('mobilenetv2-pytorch');
  expect(opened.hashes.encoder).toBe(sha256(bytes));

  vi.stubEnv('FEWMASK_CACHE', join(place, 'elsewhere'));
  const later = encodeSafetensors({ tensors: weights, metadata: { trained: 'longer' } });
  const server = await serve((_, response) => response.setHeader('x-repo-commit', LATER).end(later));
  vi.stubEnv('HF_ENDPOINT', server.url);
  expect(await refusal(openRun(run))).toMatch(
    /^hf:some-one\/a_model.v1: got an encoder with SHA-256 .*expected the one that the decoder was trained with/,
  );
});
