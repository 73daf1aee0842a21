import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSamples } from '../../src/data/folders/folder.node.ts';
import { noAugmentation } from '../../src/data/loading/augmentation.ts';
import type { BatchRequest } from '../../src/data/loading/batch.ts';
import { Loader } from '../../src/data/loading/loader.node.ts';
import { UNKNOWN } from '../../src/data/masks/labelling.ts';
import type { Pretext } from '../../src/data/pretexts/index.ts';
import { PSEUDO_TARGET, PSEUDO_WEIGHT } from '../../src/nn/consistency.ts';
import type { Engine } from '../../src/runtime/engine.node.ts';
import { architectureOf } from '../../src/settings/architecture.node.ts';
import { pretrainObjective, trainObjective } from '../../src/settings/objective.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import type { ConsistencyPlan } from '../../src/train/consistency.ts';
import { PlainBatches } from '../../src/train/plain-batches.ts';
import type { TrainingPlan } from '../../src/train/plan.ts';
import { Teacher } from '../../src/train/teacher.ts';
import { resolveTrain } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
await writeDataset(join(root, 'wide'), {
  count: 2,
  masks: 0,
  sizes: [
    [80, 40],
    [40, 80],
  ],
});
const size = { height: 32, width: 32 };
const area = size.height * size.width;
const samples = await readSamples(join(root, 'wide'));
const loader = await Loader.open({
  ...{ samples, size, reading: {}, workers: 1, memoryBytes: 2 ** 20, fit: 'pad' },
});
afterAll(() => loader.close());

/** Whether pixel i lies in the border of the wide image (0) or of the high one (1). */
function inBorder(image: number, i: number): boolean {
  const at = image === 0 ? Math.floor(i / size.width) : i % size.width;
  return at < 8 || at >= 24;
}
const borders = Uint8Array.from({ length: 2 * area }, (_, i) =>
  inBorder(Math.floor(i / area), i % area) ? 1 : 0,
);

describe('the border of images without masks', () => {
  const request: BatchRequest = { indices: [0, 1], seed: 0, epoch: 0 };

  test('is told by a plane', async () => {
    const { mask } = await loader.batch(request);
    expect(mask).toEqual(Float32Array.from(borders, (is) => (is ? UNKNOWN : 0)));
  });

  test.each<Pretext>([
    { kind: 'identity' },
    { kind: 'mask', patch: 8, ratio: 0.5, fill: 'mean', loss: 'masked' },
  ] as Pretext[])('counts in no loss of a pretext task ($kind)', async (pretext) => {
    const { weight } = await loader.batch({ ...request, pretext });
    expect(borders.some((is, i) => is === 1 && weight![i] !== 0)).toBe(false);
    // A task that says which pixels count has its say inside.
    const share =
      weight!.filter((value) => value > 0).length / (2 * area - borders.filter((is) => is).length);
    if (pretext.kind === 'identity') expect(share).toBe(1);
    else expect(Math.abs(share - 0.5)).toBeLessThan(0.25);
  });

  test('a pretraining with it weighs pixels, and one without does not', () => {
    const given = { plain: root, encoder: 'random', ...tinyNetwork };
    expect(pretrainObjective(resolvePretrain({ ...given, fit: 'pad' }, 1)).weighted).toBe(true);
    expect(pretrainObjective(resolvePretrain(given, 1)).weighted).toBe(false);
  });
});

/** A plan of which only what teachers and plain images need is there. */
const config = resolveTrain({ data: 'd', encoder: 'random', ...tinyNetwork }, 1);
const objective = trainObjective(config);
const plan = {
  ...{
    architecture: architectureOf(config, objective.head),
    encoder: randomEncoder(),
    objective,
    size,
    seed: 1,
  },
  augmentation: { ...noAugmentation },
} as unknown as TrainingPlan;
const consistency: ConsistencyPlan = {
  ...{ batch: 2, weight: 1, ramp: 0, threshold: 0.95, pseudoMasks: 'own' },
  cutmix: 1,
};
/** A teacher that is sure of everything. */
const sure = (pseudoMasks: 'own' | 'shuffled') => {
  const output = { shape: [2, 1, 32, 32], data: new Float32Array(2 * area).fill(0.99) };
  const engine = { load: async () => ({ run: async () => ({ output }) }) } as unknown as Engine;
  const teacher = new Teacher(plan, { ...consistency, pseudoMasks }, engine);
  return teacher;
};

describe('the border of plain images', () => {
  test('counts in no consistency loss, nor does what comes of the border of another image', async () => {
    const { weak, stems } = await new PlainBatches(plan, consistency, {
      ...loader,
      batch: (r) => loader.batch(r),
      samples,
    }).of(1);
    expect(stems).toHaveLength(2);
    const first = stems[0] === samples[0].stem ? 0 : 1;
    const { tensors } = await sure('own').pseudoMasks(weak);
    const { data } = tensors[PSEUDO_WEIGHT];
    // Both images have a rectangle of the other one.
    for (const [b, mix] of weak.mixes.entries())
      for (let i = 0; i < area; i++) {
        const [x, y] = [i % 32, Math.floor(i / 32)];
        const inside =
          y >= mix!.top && y < mix!.top + mix!.height && x >= mix!.left && x < mix!.left + mix!.width;
        const from = inside ? mix!.partner : b;
        expect(data[b * area + i]).toBe(inBorder(from === 0 ? first : 1 - first, i) ? 0 : 1);
      }
    expect(tensors[PSEUDO_TARGET].data.every((value) => value === 1)).toBe(true);
  });

  test('with shuffled pseudo-masks neither the one nor the other border counts', async () => {
    const batch = await loader.batch({ indices: [0, 1], seed: 0, epoch: 0 });
    const weak = { images: batch.input, mixes: [undefined, undefined], known: batch.mask };
    const { data } = (await sure('shuffled').pseudoMasks(weak)).tensors[PSEUDO_WEIGHT];
    for (let i = 0; i < area; i++) expect(data[i]).toBe(inBorder(0, i) || inBorder(1, i) ? 0 : 1);
  });
});

describe('settings of pretraining', () => {
  const given = { plain: root, encoder: 'random', ...tinyNetwork };

  test('pieces have no share of objects', () => {
    expect(resolvePretrain({ ...given, crop: true }, 1)).toMatchObject({ crop: true, cropScale: 1 });
    expect(resolvePretrain({ ...given, crop: true }, 1)).not.toHaveProperty('cropObjects');
    expect(resolvePretrain(given, 1)).not.toHaveProperty('crop');
  });

  test('what makes no sense is refused', async () => {
    const refused = (options: object) => refusal(() => resolvePretrain({ ...given, ...options }, 1));
    expect(await refused({ crop: true, fit: 'pad' })).toContain('leave out --fit');
    expect(await refused({ cropScale: 0.5 })).toContain('give --crop');
    expect(await refused({ crop: true, cropObjects: 0.5 })).toContain('cropObjects');
  });
});
