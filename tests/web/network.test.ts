import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Notice } from '../../src/core/events.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { networkFiles } from '../../src/runs/network-files.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import {
  openNetwork,
  type PageNetwork,
  type PageSample,
  type StepEvent,
  type TrainingChanges,
} from '../../src/web.ts';
import { train } from '../support/classic.ts';
import { readMetrics, readSplits, readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { stateDict, torchFile } from '../support/torch-file.ts';
import { drawWeights } from '../support/torchvision-reference.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const STEPS = 20;
const root = await temporaryFolder();
const at = (name: string) => join(root, name);
let settings: Awaited<ReturnType<typeof tinySettings>>['settings'];
let stems: readonly string[];
let samples: PageSample[];

/** WebAssembly of a page, in Node. */
beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  ({ settings, stems } = await tinySettings(root, 6));
  samples = await Promise.all(stems.map(readSample));
});

async function readSample(name: string): Promise<PageSample> {
  const [image, mask] = await Promise.all(
    ['images', 'masks'].map((folder) =>
      sharp(join(settings.data, folder, `${name}.png`))
        .raw()
        .toBuffer({ resolveWithObject: true }),
    ),
  );
  const { width, height, channels } = image.info;
  const labels = Uint8Array.from({ length: width * height }, (_, i) =>
    Number(mask.data[i * mask.info.channels] > 127),
  );
  return {
    name,
    image: { data: Uint8Array.from(image.data), width, height, channels },
    mask: { width, height, planes: 1, data: labels },
  };
}

/** What Node makes of the same images, and the same network in a page, of which nothing is trained yet. */
async function both(name: string, changes: TrainingChanges) {
  const out = at(name);
  await train({ ...settings, ...changes, kernels: 'plain', validation: false }, { out });
  const { encoder, settings: own } = await networkFiles({ run: out });
  expect(JSON.stringify(own)).not.toContain(root);
  const page = await openNetwork({ encoder, settings: JSON.parse(JSON.stringify(own)) }, { ort });
  const { train: trained } = await readSplits(out);
  const learned = trained.map((stem) => samples.find(({ name }) => name === stem)!);
  return { out, page, learned, node: (await readMetrics(out)).steps };
}

async function lossesOf(page: PageNetwork, ...[learned, changes, context]: Parameters<PageNetwork['train']>) {
  const losses: number[] = [];
  const told = (event: StepEvent | Notice) => event.type === 'step' && losses.push(event.loss);
  await page.train(learned, changes, { onEvent: told, ...context });
  return losses;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe.each([
  ['sgd', 1e-4, { optimizer: 'sgd', lr: 0.05 }],
  ['adamw', 1e-3, { optimizer: 'adamw', lr: 1e-3, weightDecay: 1e-2, augment: 'light', average: 0.9 }],
] as const)('%s', (optimizer, bound, own) => {
  test(`${STEPS} steps are those of Node with plain kernels, and so is what they come to`, async () => {
    const { out, page, learned, node } = await both(optimizer, { steps: STEPS, ...own });
    const losses = await lossesOf(page, learned, { steps: STEPS });
    expect(losses).toHaveLength(STEPS);
    expect(
      largest(
        losses,
        node.map(({ train_loss }) => train_loss),
      ),
    ).toBeLessThan(bound);
    expect(Math.abs(losses[0] - losses[STEPS - 1])).toBeGreaterThan(20 * bound);

    const file = at(`${optimizer}.safetensors`);
    await writeFile(file, await page.weights());
    const [inNode, inPage] = [await readWeights(out, 'last'), await readCheckpoint(file)];
    expect([...inPage.tensors.keys()]).toEqual([...inNode.tensors.keys()]);
    for (const [name, { data }] of inNode.tensors)
      expect(largest(inPage.tensors.get(name)!.data, data), name).toBeLessThan(10 * bound);

    const [{ image }] = samples;
    const { predictions } = await predict({ run: out, images: [image] });
    const { output, size, pictures } = await page.predict(image);
    expect(size).toEqual({ height: 32, width: 32 });
    expect(largest(output, predictions[0].probabilities!.data)).toBeLessThan(10 * bound);
    expect(pictures[0].data).toHaveLength(image.width * image.height);
    await page.close();
  });
});

test('of a run behind a file of PyTorch the page gets the same encoder, and nothing of this machine', async () => {
  const { value, storages } = stateDict(drawWeights('mobilenet_v2'));
  const encoder = at('mobilenet.pth');
  await writeFile(encoder, torchFile(value, storages));
  const run = await untrainedRun(at('behind-pytorch'), 'train', { ...settings, encoder });
  const page = await openNetwork(await networkFiles({ run }), { ort });
  const [{ image }] = samples;
  const { predictions } = await predict({ run, images: [image] });
  expect(largest((await page.predict(image)).output, predictions[0].probabilities!.data)).toBeLessThan(1e-5);
  await page.close();
});
