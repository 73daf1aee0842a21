import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../../src/core/cache-folder.node.ts';
import { sha256 } from '../../src/core/files.node.ts';
import { cachedFile } from '../../src/encoders/cache.node.ts';
import { DEFAULT_ENCODER, ENCODER_NAMES, HUB_ENCODERS, knownEncoder } from '../../src/encoders/catalogue.ts';
import { listEncoders } from '../../src/encoders/list.node.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { withFullPaths } from '../../src/settings/resolve.node.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { resolveTrain } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { NO_REGISTRY } from '../support/npm-registry.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { describeWithShared, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const whole = encodeSafetensors({ tensors: randomEncoder(), metadata: {} });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('settings', () => {
  test('the default is a known name, and names stay names', () => {
    expect(resolveTrain({ data: 'd' }, 1).encoder).toBe(DEFAULT_ENCODER);
    expect(resolveTrain({ data: 'd', encoder: DEFAULT_ENCODER }, 1).encoder).toBe(DEFAULT_ENCODER);
  });

  test.each(['e.safetensors', `./${DEFAULT_ENCODER}`, 'mobilenet'])('%s is a file', (encoder) => {
    expect(withFullPaths(trainSchema, { encoder }).encoder).toBe(resolve(encoder));
  });

  test('a data folder with the name of an encoder is a folder', () => {
    expect(resolveTrain({ data: DEFAULT_ENCODER }, 1).data).toBe(resolve(DEFAULT_ENCODER));
  });
});

describe('a file', () => {
  const written = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(root, name), bytes);
    return join(root, name);
  };

  test('is read whole, with its hash', async () => {
    const { weights, sha256: hash } = await readEncoder(await written('whole', whole));
    expect(hash).toBe(sha256(whole));
    expect([...weights.keys()]).toEqual(mobileNetV2.tensors.map(({ name }) => name));
  });

  test('that is cut is refused with the tensor that is not there', async () => {
    const cut = await written('cut', whole.subarray(0, whole.length - 1000));
    expect(await refusal(readEncoder(cut))).toMatch(
      new RegExp(
        `cut: tensor \\S+: got a file of ${whole.length - 1000} bytes, expected at least ${whole.length}; the file is cut`,
      ),
    );
  });

  test('with a tensor of another shape is refused with both', async () => {
    const tensors = new Map(randomEncoder());
    tensors.set('stem.weight', { shape: [32, 3, 5, 5], data: new Float32Array(32 * 75) });
    const other = await written('other', encodeSafetensors({ tensors, metadata: {} }));
    expect(await refusal(readEncoder(other))).toMatch(
      /other: tensor stem\.weight: got \[32, 3, 5, 5\], expected \[32, 3, 3, 3\]/,
    );
  });

  test('that is neither there nor a known name is refused with the known names and the nearest', async () => {
    const message = await refusal(readEncoder(join(root, 'mobilenetv2-vok')));
    expect(message).toContain(`a known encoder (${ENCODER_NAMES.join(', ')})`);
    expect(message).toMatch(/mobilenetv2-vok: got no such file.*did you mean mobilenetv2-voc\?$/);
  });
});

describeWithShared('the ImageNet weights', () => {
  test('are read', async () => {
    const { weights } = await readEncoder(shared.encoder);
    expect(weights.get('stem.weight')!.shape).toEqual([32, 3, 3, 3]);
  });
});

describe('the cache', () => {
  const home = homedir();
  const linux = join(home, '.cache', 'fewmask');

  test.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ['linux', {}, linux],
    ['linux', { XDG_CACHE_HOME: '/xdg' }, join('/xdg', 'fewmask')],
    ['linux', { XDG_CACHE_HOME: 'relative' }, linux],
    ['darwin', { XDG_CACHE_HOME: '/xdg' }, join(home, 'Library', 'Caches', 'fewmask')],
    ['win32', { LOCALAPPDATA: 'L' }, join('L', 'fewmask', 'Cache')],
    ['win32', {}, join(home, 'AppData', 'Local', 'fewmask', 'Cache')],
    ['darwin', { FEWMASK_CACHE: 'mine' }, 'mine'],
    ['linux', { FEWMASK_CACHE: '' }, linux],
  ])('on %s with %j is %s', (platform, env, folder) => {
    expect(cacheFolder(env, platform)).toBe(folder);
  });

  test('what is listed says whether it is there and whole; nothing is fetched for it', async () => {
    vi.stubEnv('FEWMASK_CACHE', join(root, 'cache'));
    vi.stubEnv('npm_config_registry', NO_REGISTRY);
    const known = knownEncoder(DEFAULT_ENCODER)!;
    const state = async () => (await listEncoders()).encoders.map((entry) => [entry.name, entry.state]);
    const hub = HUB_ENCODERS.map(({ name }) => [name, 'absent']);
    expect(await state()).toEqual([[DEFAULT_ENCODER, 'absent'], ...hub]);
    await mkdir(cacheFolder());
    await writeFile(cachedFile(known), whole);
    expect(await state()).toEqual([[DEFAULT_ENCODER, 'damaged'], ...hub]);
    const { folder, encoders } = await listEncoders();
    expect(folder).toBe(join(root, 'cache'));
    expect(encoders[0]).toMatchObject({
      package: '@codait/max-image-segmenter',
      version: '0.3.0',
      licence: 'Apache-2.0',
      file: cachedFile(known),
    });
  });
});
