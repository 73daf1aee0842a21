import { mean } from '../core/mean.ts';
import { partOf } from '../core/parts.ts';
import { RandomStream } from '../core/random.ts';
import { batches } from '../eval/predictor.ts';
import { psnr } from '../eval/reconstruction.ts';
import { SKIP_GATES } from '../nn/skips.ts';
import type { AuditResult, Score } from '../records/audit-result.ts';
import { type Ablation, measureAblation, type Outcome } from './ablation.node.ts';
import type { AuditImages } from './audit-images.ts';
import { type Condition, type Conditions, conditionsOf, keyOf } from './conditions.ts';
import { imageScore, scoreOf } from './criterion.ts';
import { figuresOf } from './figures.ts';
import { RADII } from './measures/receptive-field.ts';
import { type Shares, sharesOf } from './measures/shares.ts';
import { Spectrum } from './measures/spectrum.ts';
import type { Path } from './paths.ts';
import {
  measureReconstruction,
  type Reconstruction,
  type ReconstructionOptions,
} from './reconstruction.node.ts';
import type { SplitNetwork } from './split-network.node.ts';
import { isFitted, surveyImages } from './survey.node.ts';
import { labelNetwork } from './verdict.ts';

export interface MeasureOptions extends ReconstructionOptions {
  /** Told of every output of the decoder. */
  readonly onOutcome?: (outcome: Outcome) => void;
  readonly onImages?: (done: number) => void;
}

/** All measures of a network on images, and their verdict. */
export async function measureNetwork(
  network: SplitNetwork,
  images: AuditImages,
  { seed, onOutcome, onImages, foreign }: MeasureOptions,
): Promise<Omit<AuditResult, 'weights' | 'levels'>> {
  const { paints, kind } = images.criterion;
  const { paths } = network;
  const conditions = conditionsOf(paths.length);
  const survey = await surveyImages(network, images);
  const spectrum = paints ? new Spectrum(network.network.size, paths, conditions) : undefined;
  const ablation = await measureAblation(network, images, {
    conditions,
    means: survey.taps,
    onImages,
    onOutcome: (outcome) => {
      onOutcome?.(outcome);
      spectrum?.add(outcome);
    },
  });
  const shares = sharesOf(ablation, conditions, new RandomStream(seed, 'audit', 'bootstrap'));
  const rest = paints ? await measureReconstruction(network, images, survey, { seed, foreign }) : undefined;
  const whole = ablation.get(keyOf(conditions.whole))!;
  const gates = network.network.weights.get(SKIP_GATES);
  const measured = {
    kind,
    encoder: network.network.architecture.encoder.name,
    decoder: network.network.architecture.decoder,
    images: images.count,
    reference: scoreOf(whole.mse, whole.dice),
    ...(images.degraded && survey.inputMse
      ? inputResult(survey.inputMse, whole.mse)
      : { input: null, skill: null }),
    mean_target: await scoreOfConstant(network, images, survey.target),
    ...pathResults(ablation, paths, conditions, shares),
    linear_readout: rest ? readoutResult(rest, whole.mse) : null,
    out_of_domain: rest?.outOfDomain.map(({ set, mse }) => ({ set, psnr: psnr(mse) })) ?? [],
    bands: spectrum?.result(images.count) ?? [],
    blind_spot: rest ? blindSpotResult(rest) : null,
    gates: gates ? [...gates.data] : null,
    receptive_field: await receptiveFieldResult(network, images),
  };
  const { leak = null, interval = null } = shares;
  return {
    ...measured,
    verdict: { leak, leak_ci95: interval, ...labelNetwork(kind, figuresOf(measured, leak)) },
  };
}

/** The score of degraded inputs as outputs, and how much better the outputs are. */
function inputResult(inputMse: Float64Array, wholeMse: Float64Array): Pick<AuditResult, 'input' | 'skill'> {
  const input = imageScore(mean([...inputMse]));
  return { input, skill: 1 - mean([...wholeMse]) / input.mse };
}

/** The score of an output that is the same for every image. */
async function scoreOfConstant(
  network: SplitNetwork,
  images: AuditImages,
  constant: Float32Array,
): Promise<Score> {
  const { error, dice } = images.criterion;
  const errors: number[] = [];
  const dices: number[] = [];
  for (const indices of batches(images.count, network.batch)) {
    const { target, weight } = await images.batch(indices);
    for (const i of indices.keys()) {
      const wanted = partOf(target, i, indices.length);
      const counts = weight && partOf(weight, i, indices.length);
      errors.push(error(constant, wanted, counts));
      if (dice) dices.push(dice(constant, wanted, counts));
    }
  }
  return scoreOf(errors, dice && dices);
}

/** What comes through the paths, one by one and together. */
function pathResults(
  ablation: Ablation,
  paths: readonly Path[],
  { coalition, without, depthAlone, swaps }: Conditions,
  shares: Shares,
): Pick<AuditResult, 'nothing' | 'paths' | 'depth_alone' | 'swap'> {
  const scoreUnder = (condition: Condition): Score | undefined => {
    const scores = ablation.get(keyOf(condition));
    return scores && scoreOf(scores.mse, scores.dice);
  };
  return {
    nothing: scoreUnder(coalition(0))!,
    paths: paths.map((path, i) => ({
      ...path,
      shapley: shares.paths?.[i] ?? null,
      zero: scoreUnder(without(i, 'zero'))!,
      mean: scoreUnder(without(i, 'mean'))!,
      shuffle: scoreUnder(without(i, 'shuffle')) ?? null,
    })),
    depth_alone: { zero: scoreUnder(depthAlone.zero)!, mean: scoreUnder(depthAlone.mean)! },
    swap: swaps ? swapResult(ablation, swaps) : null,
  };
}

function swapResult(ablation: Ablation, swaps: NonNullable<Conditions['swaps']>): AuditResult['swap'] {
  const [bottleneck, skips] = [swaps.bottleneck, swaps.skips].map((condition) => {
    const scores = ablation.get(keyOf(condition));
    return scores && { to_host_mse: mean([...scores.mse]), to_donor_mse: mean([...scores.otherMse!]) };
  });
  return bottleneck && skips ? { ...bottleneck, skips } : null;
}

function readoutResult(
  { readoutMse }: Reconstruction,
  wholeMse: Float64Array,
): AuditResult['linear_readout'] {
  if (readoutMse.size === 0) return null;
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
  const field = await network.receptiveField((await images.batch(indices)).input);
  if (!field) return null;
  const { within, halfRadius } = field;
  return {
    within: Object.fromEntries(RADII.map((radius, i) => [String(radius), within[i]])),
    half: halfRadius,
  };
}
