import { UserError } from '../core/errors.ts';
import { withoutBorder } from '../data/decode/fit.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import { fittedImage } from '../data/loading/prepare.ts';
import { type MaskRule, PLAIN_RULE } from '../eval/mask-rule.ts';
import { type Network, Predictor } from '../eval/predictor.ts';
import { LocalEngine } from '../runtime/local-engine.ts';
import type { OnnxRuntime } from '../runtime/sessions.ts';
import { pretrainObjective, type RunObjective, trainObjective } from '../settings/objective.ts';
import { readingOf } from '../settings/pixels.ts';
import type { RunConfig } from '../settings/training.ts';
import type { PagePrediction, PagePredictOptions } from './network.ts';

/** A network that is applied to one image after the other. */
export class PagePredictor {
  readonly #engine: LocalEngine;
  readonly #config: RunConfig;
  #network: Network;
  /** Without gates, and with them; loaded when they are asked for. */
  #loaded = new Map<boolean, Predictor>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(ort: OnnxRuntime, network: Network, config: RunConfig) {
    this.#engine = new LocalEngine(ort);
    this.#network = network;
    this.#config = config;
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
      const before = [...this.#loaded.values()];
      this.#network = network;
      this.#loaded = new Map();
      for (const predictor of before) await predictor.release();
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#engine.close());
  }

  async #predictor(gates: boolean): Promise<Predictor> {
    const known = this.#loaded.get(gates);
    if (known) return known;
    const loaded = await Predictor.load(this.#engine, this.#network, { batch: 1, gates });
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
