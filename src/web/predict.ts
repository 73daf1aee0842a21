import { UserError } from '../core/errors.ts';
import { withoutBorder } from '../data/decode/fit.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import { fittedImage } from '../data/loading/prepare.ts';
import { type MaskRule, PLAIN_RULE } from '../eval/mask-rule.ts';
import { type Network, Predictor } from '../eval/predictor.ts';
import type { Engine } from '../runtime/engine.ts';
import { pretrainObjective, type RunObjective, trainObjective } from '../settings/objective.ts';
import { readingOf } from '../settings/pixels.ts';
import type { RunConfig } from '../settings/training.ts';
import type { PagePrediction, PagePredictOptions } from './network.ts';

/** A network that is applied to one image after the other, by an engine, which its owner closes. */
export class PagePredictor {
  readonly #engine: Engine;
  readonly #config: RunConfig;
  readonly #state: 'weights' | 'averages' | undefined;
  #network: Network;
  /** Without gates, and with them; loaded when they are asked for. */
  readonly #loaded = new Map<boolean, Predictor>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param state of a network in training: what of the engine's state is taken in place of its weights */
  constructor(engine: Engine, network: Network, config: RunConfig, state?: 'weights' | 'averages') {
    this.#engine = engine;
    this.#network = network;
    this.#config = config;
    this.#state = state;
  }

  predict(image: ImageInMemory, { gates, rule = {} }: PagePredictOptions): Promise<PagePrediction> {
    return this.#inTurn(async () => {
      const { size, architecture } = this.#network;
      if (gates) expectGates(gates, architecture.encoder.taps.length);
      const objective: RunObjective =
        this.#config.kind === 'train'
          ? trainObjective(this.#config, { rule: checkedRule(rule) })
          : pretrainObjective(this.#config);
      const { fit } = this.#config;
      const fitted = fittedImage(image, size, { fit, reading: readingOf(this.#config) });
      const predictor = await this.#predictor(gates !== undefined);
      const { outputs } = await predictor.run(toPlanes(fitted.image.data), gates);
      const output = withoutBorder(outputs[0], size, fitted.place);
      const { height, width } = fitted.place;
      const own = { height, width };
      return {
        ...{ output, size: own },
        pictures: objective.output.pictures(output, own, image),
        ...(objective.output.masks && { masks: objective.output.masks(output, own, image) }),
      };
    });
  }

  /** Goes on with other weights. */
  replace(network: Network): Promise<void> {
    return this.#inTurn(async () => {
      await this.#release();
      this.#network = network;
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#release());
  }

  async #release(): Promise<void> {
    for (const predictor of this.#loaded.values()) await predictor.release();
    this.#loaded.clear();
  }

  async #predictor(gates: boolean): Promise<Predictor> {
    const known = this.#loaded.get(gates);
    if (known) return known;
    const loaded = await Predictor.load(this.#engine, this.#network, {
      ...{ batch: 1, gates, state: this.#state },
    });
    this.#loaded.set(gates, loaded);
    return loaded;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

function expectGates(gates: readonly number[], count: number): void {
  if (gates.length === count && gates.every(Number.isFinite)) return;
  throw new UserError({
    what: 'gates',
    got: JSON.stringify(gates),
    expected: `${count} numbers, one for each of the network's paths`,
  });
}

function checkedRule(rule: Partial<MaskRule>): MaskRule {
  const wrong = Object.entries(rule).find(([, value]) => !(value >= 0 && value <= 1));
  if (!wrong) return { ...PLAIN_RULE, ...rule };
  throw new UserError({ what: `rule: ${wrong[0]}`, got: String(wrong[1]), expected: 'a number from 0 to 1' });
}
