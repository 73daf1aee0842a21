import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { type Place, withoutBorder } from '../data/decode/fit.ts';
import { resizePlane } from '../data/decode/resize.ts';
import { strideOf } from '../nn/encoder.ts';
import type { Device } from '../runtime/device.ts';
import { Engine } from '../runtime/engine.node.ts';
import { type Network, Predictor } from './predictor.ts';
import { checkViews, Mean, type OnOutput, overViews, type Views } from './views.ts';

/** How networks are applied. */
export interface Application {
  /** Views of each image. */
  readonly views: Views;
  /** Factors on a network's input size, each above 0. */
  readonly scales: readonly number[];
}

/** Each image once, as it is. */
export const ONCE: Application = { views: 1, scales: [1] };

/** Sees what an ensemble's mean is made of, image by image. */
export interface Watch {
  /** Each view of each network at each scale, [channels, H, W] as the outputs. */
  readonly output: OnOutput;
  /** The mean of the first network's deepest tap, [channels]. */
  readonly features: OnOutput;
}

/** A network at one of the sizes that it is applied at. */
interface Member {
  readonly network: Network;
  /** The place of its size among the inputs'. */
  readonly input: number;
}

/**
 * The networks of an ensemble at all scales. Sizes are rounded to multiples of the encoder's largest stride; of scales that come to
 * one size the first counts.
 *
 * @param networks at least one
 * @returns the sizes that images are needed at, first that of the outputs: the first network's own
 * @throws UserError for a size that an encoder or a view cannot have
 */
export function membersOf(
  networks: readonly Network[],
  { views, scales }: Application,
): { readonly members: readonly Member[]; readonly sizes: readonly Size[] } {
  const sizes = new Map([[keyOf(networks[0].size), networks[0].size]]);
  const members = networks.flatMap((network) =>
    scaledSizes(network, scales).map((size) => {
      checkViews(views, size);
      sizes.set(keyOf(size), size);
      return { network: { ...network, size }, input: [...sizes.keys()].indexOf(keyOf(size)) };
    }),
  );
  return { members, sizes: [...sizes.values()] };
}

const keyOf = ({ height, width }: Size) => `${height}x${width}`;

function scaledSizes({ architecture: { encoder }, size }: Network, scales: readonly number[]): Size[] {
  const stride = strideOf(encoder);
  const scaled = (length: number, scale: number) =>
    Math.max(stride, Math.round((length * scale) / stride) * stride);
  const sizes = scales.map((scale) => ({
    height: scaled(size.height, scale),
    width: scaled(size.width, scale),
  }));
  const unique = [...new Map(sizes.map((each) => [keyOf(each), each])).values()];
  if (encoder.model && unique.some((each) => keyOf(each) !== keyOf(size))) {
    throw new UserError({
      what: 'scales',
      got: `${scales.join()} with the encoder ${encoder.name}, an ONNX file`,
      expected: 'its own size, as its taps are described for that',
      fix: 'leave out --scales',
    });
  }
  return unique;
}

/** Trained networks that are applied together, in a thread of their own: the mean of what they make of images. */
export class Ensemble {
  readonly #engine: Engine;
  readonly #predictors: readonly Predictor[];
  readonly #members: readonly Member[];

  private constructor(
    readonly batch: number,
    /** Of its inputs; the first is that of its outputs. */
    readonly sizes: readonly Size[],
    readonly views: Views,
    parts: {
      readonly engine: Engine;
      readonly predictors: readonly Predictor[];
      readonly members: readonly Member[];
    },
  ) {
    this.#engine = parts.engine;
    this.#predictors = parts.predictors;
    this.#members = parts.members;
  }

  /**
   * @param networks with heads of as many channels each
   * @param options.watched whether it can be watched
   */
  static async open(
    networks: readonly Network[],
    options: Partial<Application> & {
      readonly batch: number;
      readonly threads: number;
      readonly device?: Device;
      readonly watched?: boolean;
    },
  ): Promise<Ensemble> {
    const { batch, threads, device, watched = false, views = ONCE.views, scales = ONCE.scales } = options;
    const { members, sizes } = membersOf(networks, { views, scales });
    const engine = new Engine({ threads, device });
    try {
      const predictors: Predictor[] = [];
      for (const [m, { network }] of members.entries()) {
        const features = watched && m === 0;
        predictors.push(await Predictor.load(engine, network, { batch, features }));
      }
      return new Ensemble(batch, sizes, views, { engine, predictors, members });
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /**
   * @param inputs the same images at each of `sizes`, [n, 3, H, W] in [-1, 1], n at most the batch
   * @param options.places of each of `sizes`, where the images lie in it; by default they are all of it
   * @returns n outputs [channels, H, W] of the images' places in the first of the sizes, without a border: probabilities of a mask, or
   *   images in [-1, 1]. What is made at other sizes is resized bilinearly, place to place; all count alike
   */
  async run(
    inputs: readonly Float32Array[],
    { places, watch }: { readonly places?: readonly (readonly Place[])[]; readonly watch?: Watch } = {},
  ): Promise<Float32Array[]> {
    const means: Mean[] = [];
    for (const [m, predictor] of this.#predictors.entries()) {
      const { size } = predictor.network;
      const { input } = this.#members[m];
      const placed = (output: Float32Array, i: number) => {
        const [from, to] = [places?.[input][i], places?.[0][i]];
        const inner = from ? withoutBorder(output, size, from) : output;
        return resizedOutput(inner, from ?? size, to ?? this.sizes[0]);
      };
      let first = m === 0;
      const apply = async (images: Float32Array) => {
        const { outputs, features } = await predictor.run(images);
        // The first view is the image as it is.
        if (first) for (const [i, values] of (features ?? []).entries()) watch?.features(i, values);
        first = false;
        return outputs;
      };
      const onView: OnOutput | undefined = watch && ((i, output) => watch.output(i, placed(output, i)));
      const outputs = await overViews(apply, inputs[input], {
        ...{ size, views: this.views, onView },
      });
      for (const [i, output] of outputs.entries()) {
        const own = placed(output, i);
        means[i] ??= new Mean(own.length);
        means[i].add(own);
      }
    }
    return means.map((mean) => mean.value());
  }

  /** Of its outputs. */
  get channels(): number {
    return this.#members[0].network.architecture.head.channels;
  }

  /** The largest of its encoders. */
  get stride(): number {
    return Math.max(...this.#members.map(({ network }) => strideOf(network.architecture.encoder)));
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

/** @param output [channels, from.height, from.width] */
function resizedOutput(output: Float32Array, from: Size, to: Size): Float32Array {
  if (keyOf(from) === keyOf(to)) return output;
  const area = from.height * from.width;
  const channels = output.length / area;
  const resized = new Float32Array(channels * to.height * to.width);
  for (let c = 0; c < channels; c++) {
    const plane = output.subarray(c * area, (c + 1) * area);
    resized.set(resizePlane(plane, from, to), c * to.height * to.width);
  }
  return resized;
}
