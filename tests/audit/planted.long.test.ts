import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { OUT_OF_DOMAIN } from '../../src/audit/measures/out-of-domain.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 6);
const images = join(settings.data, 'images');

const decoders = {
  unet: {
    channels: [8, 8, 8, 8, 8],
    // What of a tensor reads the upsampled half: [tensor, axis of the input channels, how many, level of the skip].
    readers: [0, 1, 2, 3].map((i) => ({
      tensor: `decoder.blocks.${i}.conv1.0.weight`,
      axis: 1,
      deep: i === 0 ? 320 : 8,
    })),
  },
  pix2pix: {
    channels: [8, 8, 8, 8],
    readers: ['decoder.ups.1.0', 'decoder.ups.2.0', 'decoder.ups.3.0', 'segmentation_head.0'].map(
      (layer) => ({
        tensor: `${layer}.weight`,
        axis: 0,
        deep: 8,
      }),
    ),
  },
} as const;

/** Sets the weights to zero with which a layer reads some of its input channels. */
type Edit = (reader: (typeof decoders)['unet' | 'pix2pix']['readers'][number], channel: number) => boolean;

/** @param gain what the weights of all convolutions are multiplied by: freshly drawn ones leave little of the depth */
async function editedRun(
  name: string,
  decoder: keyof typeof decoders,
  blocked: Edit,
  gain = 1,
): Promise<string> {
  const { channels, readers } = decoders[decoder];
  const run = await untrainedRun(join(root, `${decoder}-${name}`), 'pretrain', {
    ...settings,
    decoder,
    decoderChannels: [...channels],
  });
  const { tensors, metadata } = await readWeights(run, 'last');
  for (const [tensor, { data }] of tensors)
    if (tensor.endsWith('.0.weight')) for (let i = 0; i < data.length; i++) data[i] *= gain;
  for (const reader of readers) {
    const { shape, data } = tensors.get(reader.tensor)!;
    const inner = shape.slice(reader.axis + 1).reduce((product, extent) => product * extent, 1);
    for (let i = 0; i < data.length; i++)
      if (blocked(reader, Math.floor(i / inner) % shape[reader.axis])) data[i] = 0;
  }
  await writeFile(join(run, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata }));
  return run;
}

describe.each(Object.keys(decoders) as (keyof typeof decoders)[])('planted networks, %s', (decoder) => {
  const last = decoders[decoder].readers[3];

  test('only the first skip is read: it carries everything', async () => {
    const run = await editedRun(
      'skip1',
      decoder,
      (reader, channel) => reader === last && channel < last.deep,
    );
    const { result, pictures } = await auditRun({ run, images, threads: 1 });
    for (const { whole, swapped } of pictures) {
      expect(swapped!.bottleneck).toEqual(whole);
      expect(swapped!.skips).not.toEqual(whole);
    }
    expect(result.verdict.leak).toBeCloseTo(1, 6);
    expect(result.paths.map(({ shapley }) => shapley!.toFixed(6))).toEqual(
      ['1.000000', '0.000000', '0.000000', '0.000000', '0.000000'].map((text) =>
        expect.stringMatching(`-?${text}`),
      ),
    );
    // What is not read can be replaced.
    expect(result.paths[4].zero).toEqual(result.reference);
    expect(result.paths[4].shuffle).toEqual(result.reference);
    expect(result.swap!.to_host_mse).toBe(result.reference.mse);
    expect(result.swap!.skips.to_host_mse).not.toBe(result.reference.mse);
  });

  test('no skip is read: the bottleneck carries everything', async () => {
    const run = await editedRun('deep', decoder, ({ deep }, channel) => channel >= deep, 4);
    const { result, pictures } = await auditRun({ run, images, threads: 1 });
    for (const { whole, swapped } of pictures) expect(swapped!.skips).toEqual(whole);
    expect(result.verdict.leak!).toBeCloseTo(0, 6);
    expect(result.paths[4].shapley).toBeCloseTo(1, 6);
    expect(result.paths[0].zero).toEqual(result.reference);
    // The skips' owner is nowhere to be seen.
    expect(result.swap!.skips.to_host_mse).toBe(result.reference.mse);
  });

  test('nothing is read at the last layer: the error does not fall, and there are no shares', async () => {
    const run = await editedRun('nothing', decoder, (reader) => reader === last);
    const { result } = await auditRun({ run, images, threads: 1 });
    expect(result.verdict).toMatchObject({ leak: null, leak_ci95: null, label: 'explains nothing' });
    expect(result.paths.map(({ shapley }) => shapley)).toEqual([null, null, null, null, null]);
  });

  test('a random decoder explains nothing, and its shares sum to 1', async () => {
    const run = await editedRun('random', decoder, () => false);
    const { result } = await auditRun({ run, images, threads: 1 });
    expect(result.verdict.label).toBe('explains nothing');
    expect(result.paths.reduce((sum, { shapley }) => sum + shapley!, 0)).toBeCloseTo(1, 6);
  });
});

describe('a run', () => {
  let run: string;
  beforeAll(async () => {
    run = await editedRun('plain', 'unet', () => false);
  });

  test('is audited on the first images by name, the same way each time', async () => {
    const options = { run, images, limit: 4, threads: 1 };
    const first = await auditRun(options);
    expect(first.result.images).toBe(4);
    expect(first.pictures.map(({ stem }) => stem)).toEqual(['image-00', 'image-02', 'image-03']);
    expect((await auditRun(options)).result).toEqual(first.result);
  });

  test('that was not trained knows of lesions what its start knew', async () => {
    const more = (await tinySettings(join(root, 'more'), 14)).settings;
    const plain = await untrainedRun(join(root, 'fresh'), 'pretrain', { ...more, size: 64 });
    const { result } = await auditRun({ run: plain, threads: 1 });
    expect(result.levels.map(({ name, stride }) => `${name} ${stride}`)).toEqual([
      ...mobileNetV2.taps.map(({ name, stride }) => `${name} ${stride}`),
      ...[16, 8, 4, 2, 1].map((stride, i) => `decoder.blocks.${i} ${stride}`),
    ]);
    for (const { auc, auc_untrained: untrained, cka_before: alike } of result.levels.slice(5)) {
      expect(auc).toBe(untrained);
      expect(auc).toBeGreaterThan(0);
      expect(auc).toBeLessThanOrEqual(1);
      expect(alike).toBeCloseTo(1, 6);
    }
    expect(result.levels[0]).toMatchObject({ auc_untrained: null, cka_before: null });
  });

  test('with gates tells what they have learned, and they take part', async () => {
    const gated = await untrainedRun(join(root, 'gated'), 'pretrain', { ...settings, skips: 'gated' });
    const { tensors, metadata } = await readWeights(gated, 'last');
    tensors.get('decoder.skip_gates')!.data.set([1, 0, 0, 0]);
    await writeFile(join(gated, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata }));
    const { result } = await auditRun({ run: gated, images, threads: 1 });
    expect(result.gates).toEqual([1, 0, 0, 0]);
    for (const path of [1, 2, 3]) expect(result.paths[path].zero).toEqual(result.reference);
    expect(result.paths[0].zero).not.toEqual(result.reference);
  });

  test('can be audited on one image: nothing is exchanged', async () => {
    const { result, pictures } = await auditRun({ run, images, limit: 1, threads: 1 });
    expect(result.swap).toBeNull();
    expect(pictures[0].swapped).toBeUndefined();
    expect(result.linear_readout).toBeNull();
    expect(result.paths.map(({ shuffle }) => shuffle)).toEqual([null, null, null, null, null]);
  });

  test('needs a limit of at least one image, and images', async () => {
    expect(await refusal(auditRun({ run, images, limit: 0 }))).toContain('limit: got 0, expected number >=1');
    expect(await refusal(auditRun({ run, images: join(root, 'nowhere') }))).toContain('nowhere');
  });

  test('paints a folder of other images, too: a set by the name of the folder', async () => {
    const other = (await tinySettings(join(root, 'other'), 2)).settings;
    const { result } = await auditRun({ run, images, outOfDomain: join(other.data, 'images'), threads: 1 });
    const sets = result.out_of_domain.map(({ set }) => set);
    expect(sets).toEqual([...OUT_OF_DOMAIN, 'images']);
    // Its own images are no others.
    const own = await auditRun({ run, images, outOfDomain: images, threads: 1 });
    expect(own.result.out_of_domain.at(-1)!.psnr).toBe((own.result.reference as { psnr: number }).psnr);
    expect(result.out_of_domain.at(-1)!.psnr).not.toBe(own.result.out_of_domain.at(-1)!.psnr);
  });

  test('of a segmentation paints none', async () => {
    const segmentation = await untrainedRun(join(root, 'painter'), 'train', settings);
    const options = { run: segmentation, images: settings.data, outOfDomain: images, threads: 1 };
    expect(await refusal(auditRun(options))).toMatch(/--out-of-domain .*: got a segmentation network/);
  });

  test('of a segmentation is scored by Dice', async () => {
    const segmentation = await untrainedRun(join(root, 'segmentation'), 'train', settings);
    const { result, pictures } = await auditRun({ run: segmentation, images: settings.data, threads: 1 });
    expect(result.kind).toBe('segmentation');
    expect(result.reference).toHaveProperty('dice');
    expect(result.skill).toBeNull();
    expect(result.out_of_domain).toEqual([]);
    expect(pictures[0].whole).toHaveLength(32 * 32);
  });
});
