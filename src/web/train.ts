import { UserError } from '../core/errors.ts';
import { sha256 } from '../core/sha256.ts';
import { parseSize } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { ENCODER_PREFIX } from '../nn/context.ts';
import { parseEncoderTraining, trainedTensors } from '../nn/trained-encoder.ts';
import { encodeSafetensors } from '../onnx/safetensors.ts';
import { checkpointMetadata } from '../records/checkpoint.ts';
import type { Engine } from '../runtime/engine.ts';
import { labellingOf } from '../settings/masks.ts';
import { trainObjective } from '../settings/objective.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig } from '../settings/training.ts';
import { classWeightsOf } from '../train/class-weights.ts';
import { runSteps, type TrainingKeeper } from '../train/loop.ts';
import { planOf, type TrainingPlan } from '../train/plan.ts';
import type { ReadNetwork } from './files.ts';
import type { PageTraining, PageTrainingContext } from './network.ts';
import { PagePredictor } from './predict.ts';
import { hasUnknown, type PageSample, sourceOf } from './samples.ts';
import { changedSettings, parseRunSettings, type TrainingChanges } from './settings.ts';

/** What a training in a page is asked for. */
interface Asked {
  readonly samples: readonly PageSample[];
  readonly changes: TrainingChanges;
  /** Is given the network in training, which can be applied until the training is done. */
  readonly onLive: (predictor: PagePredictor) => void;
}

/** What came of it; with a failure the weights are those before it. */
interface Trained extends Pick<ReadNetwork, 'weights' | 'file'> {
  readonly result: PageTraining;
  readonly failure?: UserError;
}

/**
 * Trains a network by the loop that runs are trained by.
 *
 * @param engine computes the steps; its owner closes it
 * @throws UserError for samples or settings that cannot be used
 */
export async function trainInPage(
  engine: Engine,
  network: ReadNetwork,
  { samples, changes, onLive }: Asked,
  { signal, onEvent }: PageTrainingContext,
): Promise<Trained> {
  const config = configOf(network, changes);
  const labelling = labellingOf(config);
  const size = parseSize(config.size);
  const source = sourceOf(samples, { size, labelling, fit: config.fit, reading: readingOf(config) });
  const plan = trainingPlan(network, config, samples, { onEvent });
  const start = `init ${await sha256(network.file)}`;
  let steps = 0;
  let rescued: Tensors | undefined;
  const keeper: TrainingKeeper = {
    afterStep: async (event) => {
      steps++;
      if (steps === 1) onLive(livePredictor(engine, plan, config));
      onEvent?.(event);
      // Whoever wants to stop it is heard between two steps.
      await new Promise((resolve) => setTimeout(resolve));
    },
    afterEpoch: async () => false,
    isSaveDue: () => false,
    save: async () => {},
    rescue: async (state) => {
      rescued = state;
      return 'the network';
    },
  };
  const kept = (tensors: Tensors) => {
    const weights = new Map(Array.from(plan.initial.keys(), (name) => [name, tensors.get(name)!]));
    const { encoderSha256 } = network;
    const provenance = { kind: 'train', architecture: plan.architecture, encoderSha256, start } as const;
    const metadata = checkpointMetadata({ ...provenance, settings: config }, { step: steps });
    return { weights, file: encodeSafetensors({ tensors: weights, metadata }) };
  };
  try {
    const result = await runSteps(plan, source, keeper, { engine, signal });
    return { ...kept(result.weights), result: { steps, interrupted: result.interrupted } };
  } catch (error) {
    if (!rescued || !(error instanceof UserError)) throw error;
    return { ...kept(rescued), result: { steps, interrupted: true }, failure: error };
  }
}

/** The network as its training has it: what checkpoints hold, read where it is. */
function livePredictor(engine: Engine, plan: TrainingPlan, config: TrainConfig): PagePredictor {
  const network = { ...plan, weights: plan.initial };
  return new PagePredictor(
    engine,
    network,
    { kind: 'train', ...config },
    plan.average ? 'averages' : 'weights',
  );
}

function configOf({ settings }: ReadNetwork, changes: TrainingChanges): TrainConfig {
  const { kind, ...config } = parseRunSettings(changedSettings(settings, changes));
  if (kind === 'train') return config as TrainConfig;
  throw new UserError({ what: 'training', got: 'an autoencoder', expected: 'a network that marks masks' });
}

function trainingPlan(
  network: ReadNetwork,
  config: TrainConfig,
  samples: readonly PageSample[],
  { onEvent }: Pick<PageTrainingContext, 'onEvent'>,
): TrainingPlan {
  const { encoder } = network.architecture;
  const trained = trainedTensors(encoder, parseEncoderTraining(config.trainEncoder, encoder));
  const masks = { samples: samples.map(({ name }) => ({ stem: name, image: name })) };
  const weights = classWeightsOf(
    config,
    { ...masks, nativeMask: (i) => samples[i].mask },
    { onEvent: (event) => event.type === 'notice' && onEvent?.(event) },
  );
  const own = Array.from(trained, (name) => [ENCODER_PREFIX + name, network.encoder.get(name)!] as const);
  return planOf(config, {
    architecture: { ...network.architecture, trained },
    encoder: network.encoder,
    initial: new Map([...own, ...network.weights]),
    objective: trainObjective(config, { weights, padded: config.fit === 'pad' || hasUnknown(samples) }),
  });
}
