import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseSize } from '../../src/core/size.ts';
import { Predictor } from '../../src/eval/predictor.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { readNetwork } from '../../src/web/files.ts';
import { trainInPage } from '../../src/web/train.ts';
import { prepareImage, type StepEvent } from '../../src/web.ts';
import { hasBrowser, postedBy } from '../support/browser.ts';
import { squares, untrainedFiles } from '../support/page-network.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const STEPS = 20;
const source = fileURLToPath(new URL('../../src/web.ts', import.meta.url));
/** The modules of the runtime, and what they load by themselves; threads begin with the program. */
const RUNTIMES = {
  wasm: { module: 'onnxruntime-web/wasm', files: 'ort-wasm-simd-threaded' },
  webgpu: { module: 'onnxruntime-web/webgpu', files: 'ort-wasm-simd-threaded.asyncify' },
} as const;
type Device = keyof typeof RUNTIMES;
const placeOf = (device: Device) => fileURLToPath(import.meta.resolve(RUNTIMES[device].module));
const filesOf = (device: Device) => ['wasm', 'mjs'].map((ending) => `${RUNTIMES[device].files}.${ending}`);
const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const samples = squares(4);
/** What makes a page cross-origin isolated. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** How networks are trained, and how far losses may lie apart. */
/** With this rate of SGD the loss rises again, and sums in another order come to 4e-3 in 20 steps; with AdamW to 5e-7. */
const TRAININGS = [
  { name: 'sgd', changes: { steps: STEPS, optimizer: 'sgd', lr: 0.05 }, bound: 1e-4, gpuBound: 1e-2 },
  {
    name: 'adamw',
    changes: { steps: STEPS, optimizer: 'adamw', lr: 1e-3, weightDecay: 1e-2 },
    bound: 1e-3,
    gpuBound: 1e-5,
  },
] as const;

interface Posted {
  readonly error?: string;
  readonly threads: number;
  readonly device: Device;
  readonly losses: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
}

const workerOf = (device: Device) => `
  import * as ort from ${JSON.stringify(placeOf(device))};
  import { serveNetwork } from ${JSON.stringify(source)};
  ort.env.wasm.wasmPaths = { wasm: '/${filesOf(device)[0]}', mjs: '/${filesOf(device)[1]}' };
  serveNetwork(self, { ort, threads: crossOriginIsolated ? 2 : undefined, gpu: ${device === 'webgpu'} });`;

const PAGE = `
  import { openNetworkIn } from ${JSON.stringify(source)};
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const json = async (path) => (await fetch(path)).json();
  const post = (body) => fetch('/posted', { method: 'POST', body: JSON.stringify(body) });
  try {
    const files = { encoder: await bytes('/encoder'), settings: await json('/settings') };
    const samples = (await json('/samples')).map(({ image, mask, ...sample }) => ({
      ...sample,
      image: { ...image, data: Uint8Array.from(image.data) },
      mask: { ...mask, data: Uint8Array.from(mask.data) },
    }));
    const posted = { losses: {} };
    for (const { name, changes } of await json('/trainings')) {
      const network = await openNetworkIn(new Worker('/' + location.hash.slice(1) + '.js', { type: 'module' }), files);
      const losses = [];
      await network.train(samples, changes, { onEvent: (event) => losses.push(event.loss) });
      posted.losses[name] = losses;
      posted.threads = network.facts.threads;
      posted.device = network.facts.device;
      posted.output = [...(await network.predict(samples[0].image)).output];
    }
    await post(posted);
  } catch (error) {
    await post({ error: String(error) + error.stack });
  }`;

/** A program of the sources as one file, as a bundler makes it of the package. */
async function bundled(name: string, code: string): Promise<string> {
  await writeFile(at(`${name}.js`), code);
  const made = await build({
    ...{ root, configFile: false, logLevel: 'error' },
    build: {
      ...{ write: false, target: 'es2022' },
      lib: { entry: at(`${name}.js`), formats: ['es'] },
    },
  });
  const [{ output }] = made as unknown as [{ output: [{ code: string }] }];
  return output[0].code;
}

describe.skipIf(!hasBrowser())('in Chromium, in a worker', () => {
  const contents = new Map<string, string | Uint8Array>();
  const expected: Record<string, number[]> = {};
  /** Of the last of the trainings. */
  let expectedOutput: Float32Array = new Float32Array();

  beforeAll(async () => {
    const files = await untrainedFiles(root, { augment: 'none' });
    for (const { name, changes } of TRAININGS) {
      const engine = new Engine({ threads: 1, kernels: 'plain' });
      const losses: number[] = [];
      const onEvent = (event: { type: string }) => losses.push((event as StepEvent).loss);
      const asked = { samples, changes, onLive: () => {} };
      const { file } = await trainInPage(engine, await readNetwork(files), asked, { onEvent });
      expected[name] = losses;
      const { config, ...trained } = await readNetwork({ ...files, weights: file });
      const size = parseSize(config.size);
      const predictor = await Predictor.load(engine, { ...trained, size }, { batch: 1 });
      const { outputs } = await predictor.run(prepareImage(samples[0].image, size));
      expectedOutput = outputs[0];
      await engine.close();
    }
    const asText = (_: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);
    contents.set('/index.html', '<!doctype html><script type="module" src="/page.js"></script>');
    contents.set('/page.js', await bundled('page', PAGE));
    for (const device of ['wasm', 'webgpu'] as const) {
      contents.set(`/${device}.js`, await bundled(device, workerOf(device)));
      for (const file of filesOf(device))
        contents.set(`/${file}`, await readFile(join(placeOf(device), '..', file)));
    }
    contents.set('/encoder', files.encoder);
    contents.set('/settings', JSON.stringify(files.settings));
    contents.set('/samples', JSON.stringify(samples, asText));
    contents.set('/trainings', JSON.stringify(TRAININGS));
  });

  test.each([
    ['one thread', 'wasm', 1, {}, {}],
    ['two, where the host sends COOP and COEP', 'wasm', 2, { headers: ISOLATED }, {}],
    ['by WebGPU, where there is a graphics processor', 'webgpu', 1, { gpu: true }, {}],
    ['and by WebAssembly, where there is none', 'webgpu', 1, {}, { device: 'wasm' }],
  ] as const)(
    'losses and predictions are those of Node with plain kernels: %s',
    { timeout: 400_000 },
    async (_, device, threads, options, found) => {
      const files = async (path: string) => contents.get(path);
      const posted = (await postedBy(`/index.html#${device}`, files, options)) as Posted;
      expect(posted.error).toBeUndefined();
      expect(posted).toMatchObject({ threads, device, ...found });
      for (const { name, bound, gpuBound } of TRAININGS) {
        expect(posted.losses[name]).toHaveLength(STEPS);
        for (const [step, loss] of posted.losses[name].entries())
          expect(Math.abs(loss - expected[name][step]), `${name}, step ${step + 1}`).toBeLessThan(
            'gpu' in options ? gpuBound : bound,
          );
      }
      expect(posted.output).toHaveLength(32 * 32);
      for (const [i, value] of posted.output.entries())
        expect(Math.abs(value - expectedOutput[i])).toBeLessThan(1e-3);
    },
  );
});
