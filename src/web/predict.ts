import { UserError } from '../core/errors.ts';
import { withoutBorder } from '../data/decode/fit.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import { fittedImage } from '../data/loading/prepare.ts';
import { type MaskRule, PLAIN_RULE } from '../eval/mask-rule.ts';
import type { Network } from '../eval/predictor.ts';
import { type LiveState, SplitPredictor, type Taps } from '../eval/split-predictor.ts';
import type { Engine } from '../runtime/engine.ts';
import { pretrainObjective, type RunObjective, trainObjective } from '../settings/objective.ts';
import { readingOf } from '../settings/pixels.ts';
import type { RunConfig } from '../settings/training.ts';
import type { PagePrediction, PagePredictOptions, PreparedImage } from './network.ts';

/** What the encoder has made of an image of the network's size. */
interface Encoded {
  readonly pixels: Uint8Array;
  readonly taps: Taps;
}

/** So many images are kept encoded: one, and the one whose bottleneck it gets. */
const KEPT = 2;

/** A network that is applied to one image after the other, by an engine, which its owner closes. */
export class PagePredictor {
  readonly #engine: Engine;
  readonly #config: RunConfig;
  readonly #state: LiveState | undefined;
  #network: Network;
  /** Loaded when it is asked for. */
  #halves: Promise<SplitPredictor> | undefined;
  #encoded: readonly Encoded[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /** @param state of a network in training: what of the engine's state is taken in place of its weights */
  constructor(engine: Engine, network: Network, config: RunConfig, state?: LiveState) {
    this.#engine = engine;
    this.#network = network;
    this.#config = config;
    this.#state = state;
  }

  predict(
    image: ImageInMemory,
    { gates, bottleneckOf, rule = {} }: PagePredictOptions,
  ): Promise<PagePrediction> {
    return this.#inTurn(async () => {
      const { size, architecture } = this.#network;
      if (gates) expectGates(gates, architecture.encoder.taps.length);
      const objective: RunObjective =
        this.#config.kind === 'train'
          ? trainObjective(this.#config, { rule: checkedRule(rule) })
          : pretrainObjective(this.#config);
      const fitted = this.#fitted(image);
      const other = bottleneckOf && this.#fitted(bottleneckOf);
      this.#halves ??= SplitPredictor.load(this.#engine, this.#network, { batch: 1, state: this.#state });
      const halves = await this.#halves;
      const own = await this.#tapsOf(halves, fitted.image.data);
      const deep = other ? await this.#tapsOf(halves, other.image.data) : own;
      const taps = [...own.slice(0, -1), deep[deep.length - 1]];
      const made = await halves.decode(gates ? gated(taps, gates) : taps);
      const output = withoutBorder(made, size, fitted.place);
      const { height, width } = fitted.place;
      const inner = { height, width };
      return {
        ...{ output, size: inner },
        pictures: objective.output.pictures(output, inner, image),
        ...(objective.output.masks && { masks: objective.output.masks(output, inner, image) }),
      };
    });
  }

  /** As `PageNetwork.prepare`. */
  prepare(image: ImageInMemory): PreparedImage {
    const { image: fitted, place } = this.#fitted(image);
    const { height, width } = place;
    const row = 3 * width;
    const data = new Uint8Array(height * row);
    for (let y = 0; y < height; y++) {
      const from = 3 * ((place.top + y) * fitted.width + place.left);
      data.set(fitted.data.subarray(from, from + row), y * row);
    }
    return { height, width, channels: 3, data, prepared: true };
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

  #fitted(image: ImageInMemory | PreparedImage) {
    const { fit } = this.#config;
    const reading = 'prepared' in image ? undefined : readingOf(this.#config);
    return fittedImage(image, this.#network.size, { fit, reading });
  }

  async #tapsOf(halves: SplitPredictor, pixels: Uint8Array): Promise<Taps> {
    const known = this.#encoded.find((each) => isSame(each.pixels, pixels));
    if (known) return known.taps;
    const taps = await halves.encode(toPlanes(pixels));
    // An encoder in training is another one after each step.
    const isFrozen = this.#state === undefined || !this.#network.architecture.trained?.size;
    if (isFrozen) this.#encoded = [{ pixels, taps }, ...this.#encoded].slice(0, KEPT);
    return taps;
  }

  async #release(): Promise<void> {
    const halves = this.#halves;
    this.#halves = undefined;
    this.#encoded = [];
    await (await halves)?.release();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((value, i) => value === other[i]);

/** Taps, each multiplied by its number. */
const gated = (taps: Taps, gates: readonly number[]): Taps =>
  taps.map((tap, i) => (gates[i] === 1 ? tap : tap.map((value) => value * gates[i])));

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
