import { readEncoder } from '../../src/encoders/read.node.ts';
import { IMAGE_HEAD, MASK_HEAD } from '../../src/nn/head.ts';
import { writeCheckpoint } from '../../src/records/checkpoint.node.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { architectureOf } from '../../src/settings/architecture.node.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import type { PretrainOptions, TrainOptions } from '../../src/settings/training.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { resolveTrain } from './classic.ts';

/** A run folder with settings and last weights as freshly drawn: all that prediction needs. */
export async function untrainedRun(
  out: string,
  kind: 'train' | 'pretrain',
  options: TrainOptions & PretrainOptions,
): Promise<string> {
  const config = kind === 'train' ? resolveTrain(options, 1) : resolvePretrain(options, 1);
  const folder = await RunFolder.create(out, false);
  await folder.writeSetUp({ kind, ...config }, undefined, 1);
  await folder.writeSplits({});
  const architecture = architectureOf(config, kind === 'train' ? MASK_HEAD : IMAGE_HEAD);
  const encoderSha256 = (await readEncoder(config.encoder)).sha256;
  const provenance = { kind, architecture, encoderSha256, start: 'random', settings: config };
  await writeCheckpoint(folder.weightsPath('last'), freshWeights(architecture, config.seed), provenance, {});
  return out;
}
