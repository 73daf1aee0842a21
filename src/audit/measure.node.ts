import { mean } from '../core/mean.ts';
import { RandomStream } from '../core/random.ts';
import { overlap } from '../eval/overlap.ts';
import { batches } from '../eval/predictor.node.ts';
import { psnr } from '../eval/reconstruction.ts';
import { SKIP_GATES } from '../nn/skips.ts';
import { type Ablation, errorOf, measureAblation, type Outcome } from './ablation.node.ts';
import { type AuditImages, partOf } from './audit-images.ts';
import { coalition, DEPTH_ALONE, keyOf, SWAPS, WHOLE, without } from './conditions.ts';
import { figuresOf } from './figures.ts';
import { RADII } from './measures/receptive-field.ts';
import { sharesOf } from './measures/shares.ts';
import { Spectrum } from './measures/spectrum.ts';
import { PATHS } from './paths.ts';
import {
  measureReconstruction,
  type Reconstruction,
  type ReconstructionOptions,
} from './reconstruction.node.ts';
import type { AuditResult, PathResult, Score } from './result.ts';
import type { SplitNetwork } from './split-network.node.ts';
import { isFitted, surveyImages } from './survey.node.ts';
import { labelNetwork } from './verdict.ts';

export interface MeasureOptions extends ReconstructionOptions {
  /** Told of every output of the decoder. */
  readonly onOutcome?: (outcome: Outcome) => void;
  readonly onImages?: (done: number) => void;
}

/** All measures of a network on images, and what they come to. */
export async function measureNetwork(
  network: SplitNetwork,
  images: AuditImages,
  { seed, onOutcome, onImages, foreign }: MeasureOptions,
): Promise<Omit<AuditResult, 'weights' | 'levels'>> {
  const { paints } = network;
  const survey = await surveyImages(network, images);
  const spectrum = new Spectrum(network.network.size);
  const ablation = await measureAblation(network, images, survey.taps, {
    onImages,
    onOutcome: (outcome) => {
      onOutcome?.(outcome);
      if (paints) spectrum.add(outcome);
    },
  });
  const shares = sharesOf(ablation, new RandomStream(seed, 'audit', 'bootstrap'));
  const rest = paints ? await measureReconstruction(network, images, survey, { seed, foreign }) : undefined;
  const whole = ablation.get(keyOf(WHOLE))!;
  const degraded = images.pretext && images.pretext.kind !== 'identity';
  const inputMse = degraded && survey.inputMse ? mean([...survey.inputMse]) : undefined;
  const gates = network.network.weights.get(SKIP_GATES);
  const measured = {
    kind: paints ? 'autoencoder' : 'segmentation',
    decoder: network.network.architecture.decoder,
    images: images.count,
    reference: scoreUnder(ablation, WHOLE)!,
    input: inputMse === undefined ? null : imageScore(inputMse),
    mean_target: await scoreOfConstant(network, images, survey.target),
    nothing: scoreUnder(ablation, coalition(0))!,
    paths: PATHS.map((_, path) => pathResult(ablation, path, shares.paths?.[path])),
    depth_alone: {
      zero: scoreUnder(ablation, DEPTH_ALONE.zero)!,
      mean: scoreUnder(ablation, DEPTH_ALONE.mean)!,
    },
    swap: swapResult(ablation),
    linear_readout: rest && images.count > 1 ? readoutResult(rest, whole.mse) : null,
    skill: inputMse === undefined ? null : 1 - mean([...whole.mse]) / inputMse,
    out_of_domain: rest?.outOfDomain.map(({ set, mse }) => ({ set, psnr: psnr(mse) })) ?? [],
    bands: paints ? spectrum.result(images.count) : [],
    blind_spot: rest ? blindSpotResult(rest) : null,
    gates: gates ? [...gates.data] : null,
    receptive_field: await receptiveFieldResult(network, images),
  } as const;
  const { leak = null, interval = null } = shares;
  return { ...measured, verdict: { leak, leak_ci95: interval, ...labelNetwork(figuresOf(measured, leak)) } };
}

const imageScore = (mse: number): Score => ({ mse, psnr: psnr(mse) });

function scoreUnder(ablation: Ablation, condition: Outcome['condition']): Score | undefined {
  const scores = ablation.get(keyOf(condition));
  if (!scores) return undefined;
  const mse = mean([...scores.mse]);
  return scores.dice ? { mse, dice: mean([...scores.dice]) } : imageScore(mse);
}

/** What an output would score that is the same for every image. */
async function scoreOfConstant(
  network: SplitNetwork,
  images: AuditImages,
  constant: Float32Array,
): Promise<Score> {
  const outputs = network.network.architecture.head.channels;
  const errors: number[] = [];
  const dices: number[] = [];
  for (const indices of batches(images.count, network.batch)) {
    const { target } = await images.batch(indices);
    for (const i of indices.keys()) {
      const wanted = partOf(target, i, indices.length);
      errors.push(errorOf(constant, wanted, outputs));
      if (outputs === 1) dices.push(overlap(constant, wanted).dice);
    }
  }
  return outputs === 1 ? { mse: mean(errors), dice: mean(dices) } : imageScore(mean(errors));
}

function pathResult(ablation: Ablation, path: number, share: number | undefined): PathResult {
  return {
    ...PATHS[path],
    shapley: share ?? null,
    zero: scoreUnder(ablation, without(path, 'zero'))!,
    mean: scoreUnder(ablation, without(path, 'mean'))!,
    shuffle: scoreUnder(ablation, without(path, 'shuffle')) ?? null,
  };
}

function swapResult(ablation: Ablation): AuditResult['swap'] {
  const [bottleneck, skips] = [SWAPS.bottleneck, SWAPS.skips].map((condition) => {
    const scores = ablation.get(keyOf(condition));
    return scores && { to_host_mse: mean([...scores.mse]), to_donor_mse: mean([...scores.otherMse!]) };
  });
  return bottleneck && skips ? { ...bottleneck, skips } : null;
}

function readoutResult(
  { readoutMse }: Reconstruction,
  wholeMse: Float64Array,
): AuditResult['linear_readout'] {
  const tested = [...wholeMse].filter((_, image) => !isFitted(image));
  return { psnr: psnr(mean([...readoutMse.values()])), network_psnr: psnr(mean(tested)) };
}

function blindSpotResult({ blindSpot }: Reconstruction): AuditResult['blind_spot'] {
  const { replaced, kept, copy } = blindSpot;
  const gap = replaced - kept;
  return { replaced_mse: replaced, kept_mse: kept, gap, copied: copy > 0 ? gap / copy : 0 };
}

async function receptiveFieldResult(
  network: SplitNetwork,
  images: AuditImages,
): Promise<AuditResult['receptive_field']> {
  const indices = batches(images.count, network.batch)[0];
  const { within, halfRadius } = await network.receptiveField((await images.batch(indices)).input);
  return {
    within: Object.fromEntries(RADII.map((radius, i) => [String(radius), within[i]])),
    half: halfRadius,
  };
}
