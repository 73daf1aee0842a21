import type { Tensor } from '../core/tensor.ts';
import { drawnGates } from '../nn/skips.ts';
import type { Engine } from '../runtime/engine.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { TapsOf } from './features.node.ts';
import type { LoadedSamples } from './images.node.ts';
import { PlainBatches } from './plain-batches.ts';
import type { TrainingPlan } from './plan.ts';
import type { WeakViews } from './teacher.ts';

/** Where the images of steps come from. */
export type StepSource = Pick<LoadedSamples, 'batch' | 'samples'>;

/** What a step is fed. */
export interface Fed {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Of its plain images the views that a teacher marks. */
  readonly plain?: WeakViews;
}

/** What a step is fed, and when the loader had assembled it. */
interface Prepared extends Fed {
  /** In ms. */
  readonly loaded: number;
}

/** What makes the tensors that steps are fed. */
export interface FeedOptions {
  readonly plan: TrainingPlan;
  readonly batches: BatchPlan;
  readonly source: StepSource;
  /** Of a plan that learns from plain images: these. */
  readonly plain?: StepSource;
  readonly engine: Engine;
  /** Makes the encoder's taps of a batch; without it the encoder is part of each step. */
  readonly taps?: TapsOf;
  /** Nothing more is prepared once it is aborted. */
  readonly signal?: AbortSignal;
}

/** The tensors of step after step: those of the next one are made while a step runs. */
export class Feeds {
  readonly #options: FeedOptions;
  readonly #plain: PlainBatches | undefined;
  #step: number;
  #upcoming: Promise<Prepared> | undefined;
  #waited = 0;

  /** @param step the last one that is done */
  constructor(options: FeedOptions, step: number) {
    this.#options = options;
    const { plan, plain } = options;
    this.#plain = plan.consistency && plain ? new PlainBatches(plan, plan.consistency, plain) : undefined;
    this.#step = step;
    this.#fetch();
  }

  /** Milliseconds that steps waited for their batch. */
  get waited(): number {
    return this.#waited;
  }

  /** What the next step is fed; undefined after the last one. */
  async next(): Promise<Fed | undefined> {
    if (!this.#upcoming) return undefined;
    const asked = performance.now();
    const { loaded, ...fed } = await this.#upcoming;
    this.#waited += Math.max(0, loaded - asked);
    this.#fetch();
    return fed;
  }

  /** Its images may be in the engine, which must not be ended while it computes. */
  async close(): Promise<void> {
    await this.#upcoming?.catch(() => {});
  }

  #fetch(): void {
    const { batches, signal } = this.#options;
    this.#step++;
    const wanted = this.#step <= batches.steps && !signal?.aborted;
    this.#upcoming = wanted ? this.#prepare(this.#step) : undefined;
    // A failure is met when the batch is awaited; until then it must not count as unhandled.
    this.#upcoming?.catch(() => {});
  }

  async #prepare(step: number): Promise<Prepared> {
    const { plan, batches, source, engine, taps } = this.#options;
    const { architecture, objective } = plan;
    const { height, width } = plan.size;
    const { batch } = batches;
    const request = batches.request(step);
    const [made, plain] = await Promise.all([source.batch(request), this.#plain?.of(step)]);
    const loaded = performance.now();
    const images = plain ? joined(made.input, plain.strong) : made.input;
    const all = batch + (plain?.stems.length ?? 0);
    const encoded = taps
      ? await taps(engine, request, made.input, batch)
      : { image: { shape: [all, 3, height, width], data: images } };
    const stems = request.indices.map((index) => source.samples[index].stem);
    const target = {
      shape: [batch, objective.head.channels, height, width],
      data: objective.target(made, batch),
    };
    const tensors: Record<string, Tensor> = {
      ...encoded,
      ...drawnGates(architecture, request, [...stems, ...(plain?.stems ?? [])]),
      target,
    };
    if (objective.weighted) {
      tensors.weight = { shape: [batch, 1, height, width], data: objective.weight!(made, batch) };
    }
    return { tensors, loaded, ...(plain && { plain: plain.weak }) };
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
