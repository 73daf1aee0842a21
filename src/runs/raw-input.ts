import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { BORDER, type Fit, type Place } from '../data/decode/fit.ts';
import { type PixelReading, scaleOf } from '../data/decode/reading.ts';
import { NodeWriter } from '../graph/node-writer.ts';
import type { OnnxElementType, OnnxModel } from '../onnx/model.ts';
import { ResizeNodes, TYPE } from './resize-nodes.ts';

/** What the values of pixels mean: from `low` (0 for the network) to `high` (255), for red, green and blue. */
export interface ColourIntensity {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}

/** Values as bytes have them. */
export const BYTES: ColourIntensity = { low: [0, 0, 0], high: [255, 255, 255] };

/** Values of 16 bits, of which the upper 8 are taken: rounded down, not to the nearest. */
const WORDS: ColourIntensity = { low: [128, 128, 128], high: [65408, 65408, 65408] };

/**
 * What a model takes of a network that was trained with images that are read so.
 *
 * @throws UserError for bytes where values are no bytes
 */
export function rawInputOf(type: OnnxElementType, { intensity, channels }: PixelReading): RawInput {
  const usual = type === 'uint16' ? WORDS : BYTES;
  if (type === 'uint8' && intensity && (intensity.low < 0 || intensity.high > 255)) {
    throw new UserError({
      what: 'rawType',
      got: `uint8 for values from ${intensity.low} to ${intensity.high}`,
      expected: 'a type that holds them',
      fix: 'pass --raw-type float32 or uint16',
    });
  }
  const threefold = (value: number) => [value, value, value] as const;
  const own = intensity && { low: threefold(intensity.low), high: threefold(intensity.high) };
  return { type, intensity: own ?? usual, ...(channels && { channels }) };
}

/** What a model takes that makes the network's input by itself. */
export interface RawInput {
  /** What the pixels are given as. */
  readonly type: OnnxElementType;
  readonly intensity: ColourIntensity;
  /** Which channels are red, green and blue, from 1: three; two, and blue is 0; or one. By default grey or RGB. */
  readonly channels?: readonly number[];
  /** How images come into the network's size; default `stretch`. */
  readonly fit?: Fit;
}

/**
 * A network that takes pixels as programs have them, and makes its own input of them, as `prepareImage` does.
 *
 * Input `image` [N, H, W, C], any N, H and W; C is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA), and alpha is not used.
 * Outputs: the network's own, and `<name>_native` [N, channels, H, W], resized bilinearly to the image's size as `predict` does. Where
 * images have a border, both are of the image alone, the first [N, channels, h, w] of the place that it has in the network's input.
 *
 * @param network its first input is float32 [1, 3, height, width], its first output float32 [1, channels, height, width]
 */
export function withRawInput(network: OnnxModel, raw: RawInput): OnnxModel<number | string> {
  const [image, ...others] = network.inputs;
  const [output] = network.outputs;
  const [, , height, width] = image.shape;
  const [, channels] = output.shape;
  const native = { name: nativeName(output.name), shape: ['N', channels, 'H', 'W'] };
  const before = new PixelNodes(network);
  const size = { height, width };
  const place = raw.fit === 'pad' ? before.placeOf(image.name, size) : undefined;
  const input = before.inputOf(image.name, raw, { size, place });
  // With a border the network's output is not what the model gives.
  const bordered = place && `${output.name}_bordered`;
  const renamed = new Map([[image.name, input], ...(bordered ? [[output.name, bordered] as const] : [])]);
  const rename = (name: string) => renamed.get(name) ?? name;
  const own = network.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const after = new PixelNodes({ ...network, nodes: [...before.nodes, ...own] });
  if (place) after.within(place, bordered!, output.name);
  after.atSizeOf(image.name, output.name, native.name);
  const [h, w] = place ? ['h', 'w'] : [height, width];
  // Constants of one name are equal: `NodeWriter` names them by their values.
  const constants = [...before.initializers, ...after.initializers];
  const all = new Map([...network.initializers.map((each) => [each.name, each] as const), ...constants]);
  return {
    ...network,
    nodes: [...before.nodes, ...own, ...after.nodes],
    inputs: [{ name: image.name, type: raw.type, shape: ['N', 'H', 'W', 'C'] }, ...others],
    outputs: [{ name: output.name, shape: ['N', channels, h, w] }, native],
    initializers: [...all.values()],
  };
}

const nativeName = (output: string) => `${output}_native`;

/** What is to be known of such a model, in place of what is said of the network's own input. */
export function rawFacts(
  output: string,
  size: Size,
  { type, intensity, channels, fit }: RawInput,
): Record<string, string> {
  const { low, high } = intensity;
  return {
    input_layout: 'NHWC',
    input_type: type,
    input_height: 'any',
    input_width: 'any',
    input_channels: channels
      ? `any number, of which ${channels.join()} are used`
      : '1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not used',
    input_range: `[${Math.min(...low)}, ${Math.max(...high)}]`,
    input_low: low.join(),
    input_high: high.join(),
    input_scaling: 'in the model',
    input_resize: 'in the model',
    network_height: String(size.height),
    network_width: String(size.width),
    output_native_name: nativeName(output),
    ...(fit === 'pad' && {
      output_size: 'that of the image in the middle of network_height and network_width',
    }),
  };
}

/** Where an image lies in the network's input: names of int64 [1]. */
type PlaceNames = Readonly<Record<keyof Place, string>>;

/** Nodes beside a network's. */
class PixelNodes extends NodeWriter {
  readonly #resize = new ResizeNodes(this);

  constructor({ nodes, inputs }: OnnxModel) {
    super();
    for (const { outputs } of nodes) for (const name of outputs) this.taken.add(name);
    for (const { name } of inputs) this.taken.add(name);
  }

  protected nameFor(operator: string): string {
    return `pixels/${operator}`;
  }

  /** Where an image [N, H, W, C] lies, as `placeIn` has it: as large as fits in, in the middle. */
  placeOf(image: string, size: Size): PlaceNames {
    const doubles = (values: readonly number[]) =>
      this.node('Cast', [this.ints(values)], { to: TYPE.double });
    const own = ([1, 2] as const).map((axis) =>
      this.node('Cast', [this.#resize.extent(image, axis)], { to: TYPE.double }),
    );
    const sides = [size.height, size.width];
    const ratios = own.map((extent, i) => this.node('Div', [doubles([sides[i]]), extent]));
    const scale = this.node('Min', ratios);
    const [height, width] = own.map((extent, i) => {
      const nearest = this.node('Add', [
        this.node('Mul', [extent, scale]),
        this.node('Cast', [this.floats([0.5])], { to: TYPE.double }),
      ]);
      const rounded = this.node('Cast', [this.node('Floor', [nearest])], { to: TYPE.int64 });
      return this.node('Min', [this.ints([sides[i]]), this.node('Max', [rounded, this.ints([1])])]);
    });
    const [top, left] = [height, width].map((extent, i) =>
      this.node('Div', [this.node('Sub', [this.ints([sides[i]]), extent]), this.ints([2])]),
    );
    return { height, width, top, left };
  }

  /** Planes [.., height, width] of the network's size, without the border, under a name. */
  within({ height, width, top, left }: PlaceNames, planes: string, name: string): void {
    const starts = this.node('Concat', [top, left], { axis: 0 });
    const ends = this.node('Add', [starts, this.node('Concat', [height, width], { axis: 0 })]);
    const inputs = [planes, starts, ends, this.ints([2, 3])];
    this.nodes.push({ operator: 'Slice', domain: '', inputs, outputs: [name], attributes: {} });
  }

  /** Planes [N, C, h, w] in the middle of the network's size, with a border around them. */
  #withBorder(planes: string, { height, width, top, left }: PlaceNames, size: Size): string {
    const room = (side: number, extent: string, before: string) =>
      this.node('Sub', [this.node('Sub', [this.ints([side]), extent]), before]);
    const none = this.ints([0, 0]);
    const after = [room(size.height, height, top), room(size.width, width, left)];
    const pads = this.node('Concat', [none, top, left, none, ...after], { axis: 0 });
    return this.node('Pad', [planes, pads, this.floats(BORDER)], { mode: 'constant' });
  }

  /** The network's input [N, 3, height, width] in [-1, 1]: of bytes first the rows are resized, then the columns. */
  inputOf(
    image: string,
    { type, intensity, channels }: RawInput,
    { size, place }: { readonly size: Size; readonly place?: PlaceNames },
  ): string {
    const { height, width } = place ?? { height: this.ints([size.height]), width: this.ints([size.width]) };
    const { low, high } = intensity;
    const asTheyAre =
      type === 'uint8' && !channels && low.every((v) => v === 0) && high.every((v) => v === 255);
    const bytes = asTheyAre
      ? image
      : this.#bytesOf(channels ? this.#chosen(image, channels) : this.#coloursOf(image, image), {
          ...intensity,
          absent: channels?.length === 2,
        });
    const columns = this.node('Transpose', [bytes], { perm: [2, 0, 1, 3] });
    const narrow = this.#resize.bytes(columns, width);
    const rows = this.node('Transpose', [narrow], { perm: [2, 0, 1, 3] });
    const small = this.#resize.bytes(rows, height);
    // Colours are chosen late: of an image as it was given that would take longer than the network.
    const rgb = asTheyAre ? this.#coloursOf(small, image) : small;
    const planes = this.node('Transpose', [rgb], { perm: [2, 3, 0, 1] });
    const inner = this.node('Cast', [planes], { to: TYPE.float32 });
    const numbers = place ? this.#withBorder(inner, place, size) : inner;
    return this.node('Sub', [this.node('Div', [numbers, this.floats(127.5)]), this.floats(1)]);
  }

  /** Along the last axis: the first three channels of three or four; of one or two the first, three times. */
  #coloursOf(pixels: string, image: string): string {
    const isColour = this.node('GreaterOrEqual', [this.#resize.extent(image, 3), this.ints([3])]);
    const step = this.node('Cast', [isColour], { to: TYPE.int64 });
    return this.node('Gather', [pixels, this.node('Mul', [this.ints([0, 1, 2]), step])], { axis: 3 });
  }

  /** Along the last axis: the channels of these numbers, as three. */
  #chosen(pixels: string, channels: readonly number[]): string {
    const [first, second = first, third = second] = channels.map((channel) => channel - 1);
    return this.node('Gather', [pixels, this.ints([first, second, third])], { axis: 3 });
  }

  /** Values [.., 3] as bytes, rounded: low is 0, high is 255, what is beyond is cut off. Where blue is absent, it is 0. */
  #bytesOf(values: string, { low, high, absent }: ColourIntensity & { readonly absent: boolean }): string {
    const scales = high.map((value, c) =>
      absent && c === 2 ? { factor: 0, offset: 0 } : scaleOf({ low: low[c], high: value }),
    );
    const factors = scales.map(({ factor }) => factor);
    const offsets = scales.map(({ offset }) => offset);
    const numbers = this.node('Cast', [values], { to: TYPE.float32 });
    const scaled = this.node('Mul', [numbers, this.floats(factors)]);
    const shifted = this.node('Add', [scaled, this.floats(offsets)]);
    const clipped = this.node('Clip', [shifted, this.floats(0), this.floats(255)]);
    return this.node('Cast', [clipped], { to: TYPE.uint8 });
  }

  /** An output [N, channels, height, width] at the size of an image [N, H, W, C], under a name. */
  atSizeOf(image: string, output: string, name: string): void {
    const columns = this.node('Transpose', [output], { perm: [3, 0, 1, 2] });
    const wide = this.#resize.floats(columns, this.#resize.extent(image, 2));
    const rows = this.node('Transpose', [wide], { perm: [3, 0, 1, 2] });
    const large = this.#resize.floats(rows, this.#resize.extent(image, 1));
    const planes = { perm: [2, 3, 0, 1] };
    this.nodes.push({
      ...{ operator: 'Transpose', domain: '', inputs: [large], outputs: [name], attributes: planes },
    });
  }
}
