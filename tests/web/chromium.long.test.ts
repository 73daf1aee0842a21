import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/runtime/engine.node.ts';
import { readNetwork } from '../../src/web/files.ts';
import { trainInPage } from '../../src/web/train.ts';
import type { StepEvent } from '../../src/web.ts';
import { hasBrowser, postedBy } from '../support/browser.ts';
import { squares, untrainedFiles } from '../support/page-network.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const STEPS = 20;
const source = fileURLToPath(new URL('../../src/web.ts', import.meta.url));
const runtime = fileURLToPath(import.meta.resolve('onnxruntime-web/wasm'));
/** What the runtime loads by itself; its threads begin with the program. */
const RUNTIME_FILES = { wasm: 'ort-wasm-simd-threaded.wasm', mjs: 'ort-wasm-simd-threaded.mjs' };
const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const samples = squares(4);
/** What makes a page cross-origin isolated. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** How networks are trained, and how far losses may lie apart. */
const TRAININGS = [
  { name: 'sgd', changes: { steps: STEPS, optimizer: 'sgd', lr: 0.05 }, bound: 1e-4 },
  { name: 'adamw', changes: { steps: STEPS, optimizer: 'adamw', lr: 1e-3, weightDecay: 1e-2 }, bound: 1e-3 },
] as const;

interface Posted {
  readonly error?: string;
  readonly threads: number;
  readonly losses: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
}

const WORKER = `
  import * as ort from ${JSON.stringify(runtime)};
  import { serveNetwork } from ${JSON.stringify(source)};
  ort.env.wasm.wasmPaths = { wasm: '/${RUNTIME_FILES.wasm}', mjs: '/${RUNTIME_FILES.mjs}' };
  serveNetwork(self, { ort, threads: crossOriginIsolated ? 2 : undefined });`;

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
      const network = await openNetworkIn(new Worker('/worker.js', { type: 'module' }), files);
      const losses = [];
      await network.train(samples, changes, { onEvent: (event) => losses.push(event.loss) });
      posted.losses[name] = losses;
      posted.threads = network.facts.threads;
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

  beforeAll(async () => {
    const files = await untrainedFiles(root, { augment: 'none' });
    for (const { name, changes } of TRAININGS) {
      const engine = new Engine({ threads: 1, kernels: 'plain' });
      const losses: number[] = [];
      const onEvent = (event: { type: string }) => losses.push((event as StepEvent).loss);
      const asked = { samples, changes, onLive: () => {} };
      await trainInPage(engine, await readNetwork(files), asked, { onEvent });
      await engine.close();
      expected[name] = losses;
    }
    const asText = (_: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);
    contents.set('/index.html', '<!doctype html><script type="module" src="/page.js"></script>');
    contents.set('/page.js', await bundled('page', PAGE));
    contents.set('/worker.js', await bundled('worker', WORKER));
    for (const file of Object.values(RUNTIME_FILES))
      contents.set(`/${file}`, await readFile(join(runtime, '..', file)));
    contents.set('/encoder', files.encoder);
    contents.set('/settings', JSON.stringify(files.settings));
    contents.set('/samples', JSON.stringify(samples, asText));
    contents.set('/trainings', JSON.stringify(TRAININGS));
  });

  test.each([
    ['one thread', 1, {}],
    ['two, where the host sends COOP and COEP', 2, ISOLATED],
  ])('training is that of Node with plain kernels: %s', async (_, threads, headers) => {
    const posted = (await postedBy('/index.html', async (path) => contents.get(path), headers)) as Posted;
    expect(posted.error).toBeUndefined();
    expect(posted.threads).toBe(threads);
    for (const { name, bound } of TRAININGS) {
      expect(posted.losses[name]).toHaveLength(STEPS);
      for (const [step, loss] of posted.losses[name].entries())
        expect(Math.abs(loss - expected[name][step]), `${name}, step ${step + 1}`).toBeLessThan(bound);
    }
    expect(posted.output).toHaveLength(32 * 32);
  });
});
