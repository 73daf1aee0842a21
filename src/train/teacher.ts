import { mean } from '../core/mean.ts';
import type { Tensor } from '../core/tensor.ts';
import { withoutUnknown } from '../data/loading/batch.ts';
import { type Mix, withMixes } from '../data/loading/cutmix.ts';
import { loadWithEncoder } from '../encoders/session.ts';
import { CONSISTENCY_LOSS, PLAIN_OUTPUT, PSEUDO_TARGET, PSEUDO_WEIGHT } from '../nn/consistency.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import type { Engine, Session } from '../runtime/engine.ts';
import type { ConsistencyPlan } from './consistency.ts';
import type { TrainingPlan } from './plan.ts';

/** Plain images of a step as the teacher sees them, and how their other views were mixed. */
export interface WeakViews {
  /** [M, 3, H, W]. */
  readonly images: Float32Array<ArrayBuffer>;
  /** One for each image. */
  readonly mixes: readonly (Mix | undefined)[];
  /** [M, 1, H, W], `UNKNOWN` in the borders of images, where these have any. */
  readonly known?: Float32Array;
}

/** What a teacher has to know of a training. */
type TaughtPlan = Pick<TrainingPlan, 'architecture' | 'encoder' | 'objective' | 'size' | 'average'>;

/** What the teacher says of the plain images of a step. */
export interface PseudoMasks {
  /** What the step is fed. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** What can be told of it once the step is done: how many pixels count, and how many of them the network marks alike. */
  measures(outputs: Readonly<Record<string, Tensor>>): Record<string, number>;
}

/**
 * Marks plain images with the averages of the weights, or where there are none with the weights as they are, in evaluation
 * mode. No gradient comes to it: it is a graph of its own (Tarvainen and Valpola 2017, mean teacher).
 */
export class Teacher {
  readonly #plan: TaughtPlan;
  readonly #consistency: Pick<ConsistencyPlan, 'batch' | 'threshold' | 'pseudoMasks'>;
  readonly #engine: Engine;
  #session: Promise<Session> | undefined;

  /** @param engine in which the network is trained */
  constructor(
    plan: TaughtPlan,
    consistency: Pick<ConsistencyPlan, 'batch' | 'threshold' | 'pseudoMasks'>,
    engine: Engine,
  ) {
    this.#plan = plan;
    this.#consistency = consistency;
    this.#engine = engine;
  }

  async pseudoMasks({ images, mixes, known }: WeakViews): Promise<PseudoMasks> {
    const { objective, size } = this.#plan;
    const { batch, threshold, pseudoMasks } = this.#consistency;
    this.#session ??= this.#load();
    const session = await this.#session;
    const image = { shape: [batch, 3, size.height, size.width], data: images };
    const { output } = await session.run({ image });
    const { channels } = objective.head;
    const own = pseudoMasks === 'own' ? output.data : rolled(output.data, batch);
    const { target, weight } = objective.pseudo!.of(withMixes(own, channels, size, mixes), threshold, batch);
    // Neither what the network sees there nor what the teacher has marked there says anything.
    for (const plane of known ? [known, ...(pseudoMasks === 'own' ? [] : [rolled(known, batch)])] : [])
      withoutUnknown(weight, withMixes(plane, 1, size, mixes));
    // The engine takes what it is fed away.
    const [marked, counted] = [target.slice(), weight.slice()];
    return {
      tensors: {
        [PSEUDO_TARGET]: { shape: [batch, channels, size.height, size.width], data: target },
        [PSEUDO_WEIGHT]: { shape: [batch, 1, size.height, size.width], data: weight },
      },
      measures: (outputs) => ({
        [CONSISTENCY_LOSS]: outputs[CONSISTENCY_LOSS].data[0],
        pseudo_share: mean(counted),
        pseudo_agreement: objective.pseudo!.agreement(outputs[PLAIN_OUTPUT].data, marked, counted, batch),
      }),
    };
  }

  #load(): Promise<Session> {
    const { architecture, encoder, size, average } = this.#plan;
    const { batch } = this.#consistency;
    const model = evaluationGraph(architecture, encoder, { ...size, batch, averaged: !!average });
    return loadWithEncoder(this.#engine, model, architecture.encoder, { ...size, batch });
  }
}

/** Each image gets what belongs to the next one, the last what belongs to the first. */
function rolled(values: Float32Array, count: number): Float32Array {
  const each = values.length / count;
  const moved = new Float32Array(values.length);
  moved.set(values.subarray(each));
  moved.set(values.subarray(0, each), values.length - each);
  return moved;
}
