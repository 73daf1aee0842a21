import { UserError } from '../core/errors.ts';
import type { Notice } from '../core/events.ts';
import { parseSize, type Size } from '../core/size.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import type { Labelling } from '../data/masks/labelling.ts';
import type { MaskRule } from '../eval/mask-rule.ts';
import type { StepEvent } from '../events/run-event.ts';
import { skipTaps } from '../nn/encoder.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import type { ClassMask, OutputPicture } from '../objectives/objective.ts';
import type { OnnxRuntime } from '../runtime/sessions.ts';
import { labellingOf } from '../settings/masks.ts';
import { type NetworkFiles, readNetwork } from './files.ts';
import { PagePredictor } from './predict.ts';
import type { PageSample } from './samples.ts';
import type { TrainingChanges } from './settings.ts';
import { trainInPage } from './train.ts';

/** What a network is, for whoever shows it. */
export interface NetworkFacts {
  /** `train` marks masks, `pretrain` paints the image again. */
  readonly kind: 'train' | 'pretrain';
  /** Of its input; images are brought to it. */
  readonly size: Size;
  /** What its masks mean; of one that marks masks. */
  readonly labelling?: Labelling;
  /** What comes from the encoder into the decoder, in the order of gates: `skip1`, the shallowest, .., `bottleneck`. */
  readonly paths: readonly string[];
}

/** How an image is predicted. */
export interface PagePredictOptions {
  /** A factor for each of the network's `paths`: 1 = as it was trained, 0 = taken away. Default all 1, without the input. */
  readonly gates?: readonly number[];
  /** How probabilities become masks; default from 0.5 on, no holes filled, all parts kept. */
  readonly rule?: Partial<MaskRule>;
}

/** What a network makes of an image. */
export interface PagePrediction {
  /** [channels, height, width] of `size`: probabilities 0 to 1, or an image in [-1, 1], not clipped. */
  readonly output: Float32Array;
  /** The network's, without the border that `--fit pad` made. */
  readonly size: Size;
  /** At the image's own size, as `predict` writes them: masks, or what was painted. */
  readonly pictures: readonly OutputPicture[];
  /** Of a network that marks masks: at the image's own size, each class's. */
  readonly masks?: readonly ClassMask[];
}

/** Who is told of a training, and who ends it. */
export interface PageTrainingContext {
  /** Ends it after the step under way; what was learned until then is kept. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: StepEvent | Notice) => void;
}

/** What came of a training. */
export interface PageTraining {
  readonly steps: number;
  /** Whether it was ended early. */
  readonly interrupted: boolean;
}

/** A network in a page. */
export interface PageNetwork {
  readonly facts: NetworkFacts;
  /** @throws UserError for an image, gates or a rule that cannot be used */
  predict(image: ImageInMemory, options?: PagePredictOptions): Promise<PagePrediction>;
  /**
   * Trains on from the weights as they are, by the settings of the run and what is changed of them: the same steps as in Node
   * with `--kernels plain`. The encoder stays frozen unless `trainEncoder` is changed. While it goes on, predictions are those
   * of before.
   *
   * @throws UserError for samples or settings that cannot be used, and if loss or gradients are not finite; then the weights
   *   before that step are kept
   */
  train(
    samples: readonly PageSample[],
    changes?: TrainingChanges,
    context?: PageTrainingContext,
  ): Promise<PageTraining>;
  /** A file of its weights, .safetensors, as those in `weights/` of a run: `--init` takes it, for one. */
  weights(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What computes in a page. */
export interface PageRuntime {
  /** The module `onnxruntime-web`, or its smaller part `onnxruntime-web/wasm`. Its `env.wasm.numThreads` says how many threads. */
  readonly ort: OnnxRuntime;
}

/**
 * Opens the network of a run in a page, or in a page's worker.
 *
 * @throws UserError naming what of the files does not fit
 */
export async function openNetwork(files: NetworkFiles, { ort }: PageRuntime): Promise<PageNetwork> {
  let network = await readNetwork(files);
  const { config, architecture } = network;
  const size = parseSize(config.size);
  const applied = () => {
    const { weights } = network;
    return { architecture, encoder: withOwnEncoder(network.encoder, weights), weights, size };
  };
  const predictor = new PagePredictor(ort, applied(), config);
  let training = false;
  return {
    facts: {
      ...{ kind: config.kind, size },
      ...(config.kind === 'train' && { labelling: labellingOf(config) }),
      paths: [...skipTaps(architecture.encoder).map((_, i) => `skip${i + 1}`), 'bottleneck'],
    },
    predict: (image, options = {}) => predictor.predict(image, options),
    train: async (samples, changes = {}, context = {}) => {
      if (training) {
        throw new UserError({ what: 'training', got: 'two at once', expected: 'one after the other' });
      }
      training = true;
      try {
        const { weights, file, ...trained } = await trainInPage(ort, network, { samples, changes }, context);
        network = { ...network, weights, file };
        await predictor.replace(applied());
        if (trained.failure) throw trained.failure;
        return trained.result;
      } finally {
        training = false;
      }
    },
    weights: async () => network.file.slice(),
    close: () => predictor.close(),
  };
}
