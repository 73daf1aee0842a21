import { UserError } from '../core/errors.ts';
import type { Notice } from '../core/events.ts';
import { parseSize, type Size } from '../core/size.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import type { Labelling } from '../data/masks/labelling.ts';
import type { MaskRule } from '../eval/mask-rule.ts';
import type { Network } from '../eval/predictor.ts';
import type { StepEvent } from '../events/run-event.ts';
import { skipTaps } from '../nn/encoder.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import type { ClassMask, OutputPicture } from '../objectives/objective.ts';
import type { NetworkFiles } from '../runs/network-files.node.ts';
import type { Engine } from '../runtime/engine.ts';
import { LocalEngine, type PageDevice } from '../runtime/local-engine.ts';
import type { OnnxRuntime } from '../runtime/sessions.ts';
import { labellingOf } from '../settings/masks.ts';
import { objectiveOf } from '../settings/objective.ts';
import { type ReadNetwork, readNetwork } from './files.ts';
import { PagePredictor } from './predict.ts';
import type { PageSample } from './samples.ts';
import type { TrainingChanges } from './settings.ts';
import { hasGpu, useThreads, type WebRuntime } from './surroundings.ts';
import { trainInPage } from './train.ts';

/** What a network is, for whoever shows it. */
export interface NetworkFacts {
  /** `train` marks masks, `pretrain` paints the image again. */
  readonly kind: 'train' | 'pretrain';
  /** Of its input; images are brought to it. */
  readonly size: Size;
  /** Whether its output is an image like its input, so that the two can be compared. */
  readonly paints: boolean;
  /** What its masks mean; of one that marks masks. */
  readonly labelling?: Labelling;
  /** What comes from the encoder into the decoder, in the order of gates: `skip1`, the shallowest, .., `bottleneck`. */
  readonly paths: readonly string[];
  /** What computes, and how many threads of the processor there are beside it. */
  readonly device: PageDevice;
  readonly threads: number;
}

/** An image as a network sees it, see `PageNetwork.prepare`. */
export interface PreparedImage extends ImageInMemory {
  readonly data: Uint8Array;
  readonly prepared: true;
}

/** How an image is predicted. */
export interface PagePredictOptions {
  /** A factor for each of the network's `paths`: 1 = as it was trained, 0 = taken away. Default all 1, without the input. */
  readonly gates?: readonly number[];
  /** The bottleneck of this image in place of the image's own; the skips stay its own. */
  readonly bottleneckOf?: ImageInMemory | PreparedImage;
  /** How probabilities become masks; default from 0.5 on, no holes filled, all parts kept. Of classes that exclude each other the largest decides, whatever the threshold. */
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
  predict(image: ImageInMemory | PreparedImage, options?: PagePredictOptions): Promise<PagePrediction>;
  /**
   * An image as the network sees it: RGB of 8 bits, as large as in its input, without a border. What is predicted of it is what is
   * predicted of the image, at that size, and comes sooner where it is asked for again and again.
   *
   * @throws UserError for an image that cannot be used
   */
  prepare(image: ImageInMemory): Promise<PreparedImage>;
  /**
   * Trains on from the weights as they are, by the settings of the run and what is changed of them: the same steps as in Node
   * with `--kernels plain`. The encoder stays frozen unless `trainEncoder` is changed. While it goes on, predictions are of
   * the weights as they are then.
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
  /** The module `onnxruntime-web`, or its smaller part `onnxruntime-web/wasm`. */
  readonly ort: WebRuntime;
  /**
   * Threads that one operator may use; default half of the cores, at most 4, where the page is cross-origin isolated (its host
   * sends COOP and COEP), else 1: there browsers give no more. The first network that is opened decides.
   */
  readonly threads?: number;
  /**
   * Whether the graphics processor computes where the browser gives one, by WebGPU; default no. `ort` is the module
   * `onnxruntime-web/webgpu` then.
   */
  readonly gpu?: boolean;
}

/**
 * Opens the network of a run in a page, or in a page's worker.
 *
 * @throws UserError naming what of the files does not fit
 */
export async function openNetwork(
  files: NetworkFiles,
  { ort, threads, gpu = false }: PageRuntime,
): Promise<PageNetwork> {
  const network = await readNetwork(files);
  const device = gpu && (await hasGpu()) ? 'webgpu' : 'wasm';
  return new OpenedNetwork(network, { ort, device, threads: useThreads(ort, threads) });
}

class OpenedNetwork implements PageNetwork {
  readonly facts: NetworkFacts;
  readonly #ort: OnnxRuntime;
  readonly #engine: Engine;
  readonly #predictor: PagePredictor;
  #network: ReadNetwork;
  #training = false;
  /** While it is trained: as it is then. */
  #live: PagePredictor | undefined;

  constructor(
    network: ReadNetwork,
    { ort, device, threads }: Pick<NetworkFacts, 'device' | 'threads'> & { readonly ort: OnnxRuntime },
  ) {
    const { config, architecture } = network;
    this.#network = network;
    this.#ort = ort;
    this.#engine = new LocalEngine(ort, device);
    this.#predictor = new PagePredictor(this.#engine, applied(network), config);
    this.facts = {
      ...{ kind: config.kind, size: parseSize(config.size), paints: objectiveOf(config).paints },
      ...(config.kind === 'train' && { labelling: labellingOf(config) }),
      paths: [...skipTaps(architecture.encoder).map((_, i) => `skip${i + 1}`), 'bottleneck'],
      ...{ device, threads },
    };
  }

  predict(image: ImageInMemory, options: PagePredictOptions = {}): Promise<PagePrediction> {
    return (this.#live ?? this.#predictor).predict(image, options);
  }

  async prepare(image: ImageInMemory): Promise<PreparedImage> {
    return this.#predictor.prepare(image);
  }

  async train(
    samples: readonly PageSample[],
    changes: TrainingChanges = {},
    context: PageTrainingContext = {},
  ): Promise<PageTraining> {
    if (this.#training) {
      throw new UserError({ what: 'training', got: 'two at once', expected: 'one after the other' });
    }
    this.#training = true;
    const engine = new LocalEngine(this.#ort, this.facts.device);
    let live: PagePredictor | undefined;
    const onLive = (predictor: PagePredictor) => {
      live = predictor;
      this.#live = predictor;
    };
    try {
      const asked = { samples, changes, onLive };
      const { weights, file, result, failure } = await trainInPage(engine, this.#network, asked, context);
      this.#network = { ...this.#network, weights, file };
      const replaced = this.#predictor.replace(applied(this.#network));
      // What is asked from now on waits for that.
      this.#live = undefined;
      await replaced;
      if (failure) throw failure;
      return result;
    } finally {
      this.#training = false;
      this.#live = undefined;
      await live?.close();
      await engine.close();
    }
  }

  async weights(): Promise<Uint8Array> {
    return this.#network.file.slice();
  }

  async close(): Promise<void> {
    await this.#predictor.close();
    await this.#engine.close();
  }
}

/** A network as it is applied. */
function applied({ config, architecture, encoder, weights }: ReadNetwork): Network {
  return { architecture, encoder: withOwnEncoder(encoder, weights), weights, size: parseSize(config.size) };
}
