import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import type { KnownEncoder } from '../../src/encoders/catalogue.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { obtainEncoder } from '../../src/encoders/obtain.node.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import {
  integrityOf,
  NO_REGISTRY,
  type PackedPackage,
  packPackage,
  type RegistryOptions,
  startRegistry,
} from '../support/npm-registry.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const values = Float32Array.from({ length: 3000 }, (_, i) => i / 7);
const packed = await packPackage(
  join(root, 'pack'),
  { name: '@made-up/encoder', version: '1.2.3', scripts: { install: `touch ${root}/was-run` } },
  { 'model/weights': new Uint8Array(values.buffer), 'index.js': 'not read' },
);
const tampered = await packPackage(
  join(root, 'tampered'),
  { name: '@made-up/encoder', version: '1.2.3' },
  { 'model/weights': new Uint8Array(values.map((value) => value + 1).buffer) },
);

/** One tensor, whose bytes are a file of the package. */
function convert(files: ReadonlyMap<string, Uint8Array>): Tensors {
  expect([...files.keys()]).toEqual(['weights']);
  // A copy: files may be parts of a pool, whose place is no multiple of four.
  const data = new Float32Array(Uint8Array.from(files.get('weights')!).buffer);
  return new Map([['w', { shape: [data.length], data }]]);
}

const expected = encodeSafetensors({
  tensors: new Map([['w', { shape: [values.length], data: values }]]),
  metadata: { source: 'npm:@made-up/encoder@1.2.3', licence: 'MIT' },
});
const known: KnownEncoder = {
  name: 'made-up',
  description: 'a tensor',
  encoder: mobileNetV2,
  package: '@made-up/encoder',
  version: '1.2.3',
  integrity: packed.integrity,
  licence: 'MIT',
  download: 7_340_000,
  folder: 'model',
  convert,
  sha256: sha256(expected),
};

let place = '';
let count = 0;
const open: { close(): Promise<unknown> }[] = [];

beforeEach(() => {
  place = join(root, String(count++));
  vi.stubEnv('FEWMASK_CACHE', join(place, 'cache'));
  vi.stubEnv('npm_config_cache', join(place, 'npm'));
  vi.stubEnv('npm_config_userconfig', join(place, 'npmrc'));
  vi.stubEnv('npm_config_noproxy', '127.0.0.1');
  vi.stubEnv('npm_config_registry', NO_REGISTRY);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options: RegistryOptions = {}, what: PackedPackage = packed) {
  const registry = await startRegistry(what, options);
  open.push(registry);
  vi.stubEnv('npm_config_registry', registry.url);
  return registry;
}

/** Everything under the cache folder; nothing if there is none. */
const kept = () => readdir(join(place, 'cache')).catch(() => []);
const file = () => join(place, 'cache', `made-up-${known.sha256.slice(0, 8)}.safetensors`);

function listen() {
  const said: string[] = [];
  const hooks = listening({
    warning: (text: string) => said.push(`warning: ${text}`),
    notice: (text: string) => said.push(text),
  });
  return { said, hooks };
}

test('is fetched once, with a word about it, and kept; no scripts, no dependencies', async () => {
  const registry = await serve();
  const { said, hooks } = listen();
  const first = await obtainEncoder(known, hooks);
  const second = await obtainEncoder(known, hooks);
  expect(decodeSafetensors(first, 'first').tensors.get('w')!.data).toEqual(values);
  expect(sha256(second)).toBe(known.sha256);
  expect(registry.requests).toEqual(['/@made-up/encoder', '/package.tgz']);
  expect(said).toEqual([
    `fetching encoder made-up: @made-up/encoder@1.2.3, 7.3 MB, from ${registry.url.slice(0, -1)} to ${join(place, 'cache')}`,
  ]);
  expect(await kept()).toEqual([`made-up-${known.sha256.slice(0, 8)}.safetensors`]);
  expect(await readdir(root)).not.toContain('was-run');
});

test('is not fetched where it could not be kept, and that is told', async () => {
  const registry = await serve();
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'file'), '');
  const cache = join(place, 'file', 'fewmask');
  vi.stubEnv('FEWMASK_CACHE', cache);
  expect(await refusal(obtainEncoder(known))).toMatch(
    `the cache ${cache}: got a place that cannot be written to, expected one where what is fetched can be kept; name another folder in FEWMASK_CACHE`,
  );
  expect(registry.requests).toEqual([]);
});

test.each([
  ['a file in the way', () => fileURLToPath(import.meta.url)],
  ['no place for files', () => '/proc/1/made-up'],
])("is fetched where npm's cache cannot be written to: %s", async (_, folder) => {
  await serve();
  vi.stubEnv('npm_config_cache', folder());
  expect(sha256(await obtainEncoder(known))).toBe(known.sha256);
  expect((await kept()).sort()).toEqual([`made-up-${known.sha256.slice(0, 8)}.safetensors`, 'npm']);
});

test('several at once leave one whole file', async () => {
  await serve();
  const all = await Promise.all(Array.from({ length: 4 }, () => obtainEncoder(known)));
  expect(all.map(sha256)).toEqual(all.map(() => known.sha256));
  expect((await kept()).length).toBe(1);
  expect(sha256(await readFile(file()))).toBe(known.sha256);
});

const damages: [string, () => Promise<void>][] = [
  [
    'a byte is flipped',
    async () => {
      const bytes = await readFile(file());
      bytes[bytes.length - 5] ^= 1;
      await writeFile(file(), bytes);
    },
  ],
  ['the end is missing', () => truncate(file(), 9000)],
  ['nothing is left', () => truncate(file(), 0)],
  ['something is appended', () => writeFile(file(), '\n', { flag: 'a' })],
];

describe.each(damages)('a kept file of which %s', (_, damage) => {
  beforeEach(async () => {
    await serve();
    await obtainEncoder(known);
    await damage();
  });

  test('is noticed and fetched again', async () => {
    const { said, hooks } = listen();
    expect(sha256(await obtainEncoder(known, hooks))).toBe(known.sha256);
    expect(said[0]).toBe(`warning: ${file()} is damaged; it is not used, and fetched again`);
    expect(sha256(await readFile(file()))).toBe(known.sha256);
  });

  test('is not used offline either', async () => {
    vi.stubEnv('npm_config_registry', NO_REGISTRY);
    vi.stubEnv('npm_config_cache', join(place, 'another'));
    const message = await refusal(obtainEncoder(known));
    expect(message).toContain(`got a damaged file ${file()}, and no @made-up/encoder@1.2.3 (`);
    expect(message).toMatch(/ECONNREFUSED.*connect once.*--encoder FILE$/);
  });
});

describe('a tarball that is not the pinned one is refused, and nothing is kept', () => {
  test.each<[string, RegistryOptions, PackedPackage]>([
    ['announced as what it is', {}, tampered],
    ['announced as the pinned one', { serves: tampered.tarball }, packed],
    ['cut', { serves: packed.tarball.subarray(0, -10) }, packed],
    ['empty', { serves: Buffer.alloc(0) }, packed],
  ])('%s', async (_, options, announced) => {
    expect(integrityOf(options.serves ?? announced.tarball)).not.toBe(known.integrity);
    await serve(options, announced);
    expect(await refusal(obtainEncoder(known))).toMatch(/^encoder made-up: got no @made-up.*EINTEGRITY/);
    expect(await kept()).toEqual([]);
  });
});

test('a conversion that gives other bytes than pinned is a bug, and nothing is kept', async () => {
  await serve();
  await expect(obtainEncoder({ ...known, sha256: sha256(new Uint8Array()) })).rejects.toThrow(/SHA-256/);
  expect(await kept()).toEqual([]);
});

describe('what cannot be fetched is refused after one attempt, with what to do', () => {
  test('offline', async () => {
    const message = await refusal(obtainEncoder(known));
    expect(message).toMatch(/^encoder made-up: got no @made-up\/encoder@1\.2\.3 \(.*ECONNREFUSED/);
    expect(message).toMatch(/registry http:\/\/127\.0\.0\.1:9; connect once.*--encoder FILE$/);
    expect(await kept()).toEqual([]);
  });

  test('a registry that is no address', async () => {
    vi.stubEnv('npm_config_registry', '//me:secret@registry');
    const message = await refusal(obtainEncoder(known));
    expect(message).toMatch(
      /^npm's registry for @made-up\/encoder: got no address \(.*registry.*\).*\.npmrc/,
    );
    expect(message).not.toContain('secret');
  });

  test('a registry that hangs up', async () => {
    const { requests } = await serve({ broken: true });
    expect(await refusal(obtainEncoder(known))).toMatch(/ECONNRESET|socket hang up/);
    expect(requests).toEqual(['/@made-up/encoder']);
  });

  test('a registry without the package; its address without the password', async () => {
    const { url } = await serve({}, { ...packed, name: '@made-up/other' });
    vi.stubEnv('npm_config_registry', url.replace('//', '//me:secret@'));
    const message = await refusal(obtainEncoder(known));
    expect(message).toMatch(/E404|404/);
    expect(message).not.toContain('secret');
  });
});

describe("the user's .npmrc", () => {
  let host = '';
  const npmrc = (...lines: string[]) => writeFile(join(place, 'npmrc'), lines.join('\n'));

  beforeEach(async () => {
    const { url } = await serve({ token: 'open-sesame' });
    vi.stubEnv('npm_config_registry', NO_REGISTRY);
    host = new URL(url).host;
    await mkdir(place, { recursive: true });
  });

  test('names the registry of the scope and its token', async () => {
    await npmrc(`@made-up:registry=http://${host}/`, `//${host}/:_authToken=open-sesame`);
    expect(sha256(await obtainEncoder(known))).toBe(known.sha256);
  });

  test('without the token the registry refuses, and it is said', async () => {
    await npmrc(`@made-up:registry=http://${host}/`);
    expect(await refusal(obtainEncoder(known))).toMatch(/E401.*token as for npm install/);
  });
});
