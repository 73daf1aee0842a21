import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { elementwise, type NdArray, reshaped } from './reference.ts';
import { convolved, maxPooled } from './reference-image.ts';

/** Networks of torchvision's, in plain float64 and by its tensors' names, batch norm as it stands. */
const NETWORKS = {
  resnet18: { forward: resNet, repeats: [2, 2, 2, 2], convs: 2 },
  resnet34: { forward: resNet, repeats: [3, 4, 6, 3], convs: 2 },
  resnet50: { forward: resNet, repeats: [3, 4, 6, 3], convs: 3 },
  mobilenet_v2: { forward: mobileNet, repeats: [1, 2, 3, 4, 3, 3, 1], convs: 3 },
};
export type NetworkName = keyof typeof NETWORKS;
type Network = Pick<(typeof NETWORKS)[NetworkName], 'repeats' | 'convs'>;

/** A network's layers: it asks for a tensor by its name and shape. */
type Weights = (name: string, shape: readonly number[]) => NdArray;

interface ConvOptions {
  readonly kernel: number;
  readonly channels: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** Convolution without bias, padded alike on all sides, and batch norm. */
function normed(
  weights: Weights,
  x: NdArray,
  [conv, norm]: readonly string[],
  options: ConvOptions,
): NdArray {
  const { kernel, channels, stride = 1, groups = 1 } = options;
  const w = weights(`${conv}.weight`, [channels, x.shape[1] / groups, kernel, kernel]);
  const half = (kernel - 1) / 2;
  const y = convolved(x, w, { strides: [stride, stride], pads: [half, half, half, half], groups });
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((kind) =>
    reshaped(weights(`${norm}.${kind}`, [channels]), [1, channels, 1, 1]),
  );
  return elementwise(
    y,
    gamma,
    beta,
    mean,
    variance,
  )((v, g, b, m, s) => ((v - m) / Math.sqrt(s + 1e-5)) * g + b);
}

const relu = (x: NdArray) => elementwise(x)((value) => Math.max(0, value));
const relu6 = (x: NdArray) => elementwise(x)((value) => Math.min(6, Math.max(0, value)));
const sum = (a: NdArray, b: NdArray) => elementwise(a, b)((x, y) => x + y);

function resNet(weights: Weights, image: NdArray, { repeats, convs }: Network): Record<string, NdArray> {
  const taps: Record<string, NdArray> = {};
  taps.relu = relu(normed(weights, image, ['conv1', 'bn1'], { kernel: 7, channels: 64, stride: 2 }));
  let x = maxPooled(taps.relu, 3, 2, 1);
  for (const [l, count] of repeats.entries()) {
    const width = 64 * 2 ** l;
    const channels = convs === 3 ? 4 * width : width;
    for (let b = 0; b < count; b++) {
      const scope = `layer${l + 1}.${b}`;
      const stride = l > 0 && b === 0 ? 2 : 1;
      const names = (i: number) => [`${scope}.conv${i}`, `${scope}.bn${i}`];
      let y = x;
      if (convs === 2) {
        y = relu(normed(weights, y, names(1), { kernel: 3, channels, stride }));
        y = normed(weights, y, names(2), { kernel: 3, channels });
      } else {
        y = relu(normed(weights, y, names(1), { kernel: 1, channels: width }));
        y = relu(normed(weights, y, names(2), { kernel: 3, channels: width, stride }));
        y = normed(weights, y, names(3), { kernel: 1, channels });
      }
      const shortcut = [`${scope}.downsample.0`, `${scope}.downsample.1`];
      const same = x.shape[1] === channels && stride === 1;
      x = relu(sum(y, same ? x : normed(weights, x, shortcut, { kernel: 1, channels, stride })));
    }
    taps[`layer${l + 1}`] = x;
  }
  return taps;
}

function mobileNet(weights: Weights, image: NdArray, { repeats }: Network): Record<string, NdArray> {
  const [widths, strides] = [
    [16, 24, 32, 64, 96, 160, 320],
    [1, 2, 2, 2, 1, 2, 1],
  ];
  const taps: Record<string, NdArray> = {};
  let x = relu6(
    normed(weights, image, ['features.0.0', 'features.0.1'], { kernel: 3, channels: 32, stride: 2 }),
  );
  let block = 0;
  for (const [row, count] of repeats.entries()) {
    for (let place = 0; place < count; place++, block++) {
      const scope = `features.${block + 1}.conv`;
      const stride = place === 0 ? strides[row] : 1;
      let [y, at] = [x, 0];
      if (block > 0) {
        y = relu6(
          normed(weights, y, [`${scope}.0.0`, `${scope}.0.1`], { kernel: 1, channels: 6 * x.shape[1] }),
        );
        taps[`block_${block}_expand`] = y;
        at = 1;
      }
      const groups = y.shape[1];
      const filter = { kernel: 3, channels: groups, stride, groups };
      y = relu6(normed(weights, y, [`${scope}.${at}.0`, `${scope}.${at}.1`], filter));
      y = normed(weights, y, [`${scope}.${at + 1}`, `${scope}.${at + 2}`], {
        kernel: 1,
        channels: widths[row],
      });
      x = stride === 1 && y.shape[1] === x.shape[1] ? sum(x, y) : y;
    }
  }
  taps.block_16_project = x;
  return taps;
}

/** What a network makes of an image [1, 3, H, W] in [-1, 1], at an encoder's taps and elsewhere. */
export function forward(network: NetworkName, tensors: Tensors, image: NdArray): Record<string, NdArray> {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ].map((data) => reshaped({ shape: [3], data: Float64Array.from(data) }, [1, 3, 1, 1]));
  const normalised = elementwise(image, mean, std)((value, m, s) => ((value + 1) / 2 - m) / s);
  const weights: Weights = (name, shape) => {
    const { data } = tensors.get(name)!;
    return { shape, data: Float64Array.from(data) };
  };
  return NETWORKS[network].forward(weights, normalised, NETWORKS[network]);
}

const POOL = (() => {
  const stream = new RandomStream('torchvision', 'pool');
  return Float64Array.from({ length: 100_003 }, () => stream.uniform());
})();

/** Weights drawn at random, with statistics and affine weights of batch norm as after a training, and a classifier. */
export function drawWeights(network: NetworkName): Tensors {
  const tensors: Map<string, { shape: readonly number[]; data: Float32Array }> = new Map();
  const [from, to]: Record<string, readonly number[]>[] = [
    { weight: [0.5], bias: [-0.5], running_mean: [-0.5], running_var: [0.3] },
    { weight: [1.5], bias: [0.5], running_mean: [0.5], running_var: [3] },
  ];
  const draw: Weights = (name, shape) => {
    // Drawing each of millions takes seconds: values of a pool, from a place of the tensor's own.
    let at = new RandomStream('torchvision', name).integer(POOL.length);
    const next = () => POOL[at++ % POOL.length];
    const kind = name.split('.').at(-1)!;
    const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
    const [low, high] = shape.length > 1 ? [-bound, bound] : [from[kind][0], to[kind][0]];
    const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next());
    tensors.set(name, { shape, data });
    if (kind === 'running_var')
      tensors.set(name.replace(kind, 'num_batches_tracked'), { shape: [], data: Float32Array.of(1) });
    return { shape, data: Float64Array.from(data) };
  };
  // Building the network tells its tensors; of an image of one pixel.
  NETWORKS[network].forward(draw, { shape: [1, 3, 1, 1], data: new Float64Array(3) }, NETWORKS[network]);
  const classifier = network === 'mobilenet_v2' ? 'classifier.1' : 'fc';
  tensors.set(`${classifier}.weight`, { shape: [2, 2], data: new Float32Array(4) });
  tensors.set(`${classifier}.bias`, { shape: [2], data: new Float32Array(2) });
  if (network === 'mobilenet_v2')
    tensors.set('features.18.0.weight', { shape: [1], data: new Float32Array(1) });
  return tensors;
}

/** timm's names for torchvision's: a residual network has the same. */
export function asTimm(network: NetworkName, tensors: Tensors): Tensors {
  if (network !== 'mobilenet_v2') return tensors;
  const repeats = NETWORKS.mobilenet_v2.repeats;
  const rows = repeats.flatMap((count, row) =>
    Array.from({ length: count }, (_, place) => `${row}.${place}`),
  );
  const [first, others]: Record<string, string>[] = [
    { '0.0': 'conv_dw', '0.1': 'bn1', '1': 'conv_pw', '2': 'bn2' },
    { '0.0': 'conv_pw', '0.1': 'bn1', '1.0': 'conv_dw', '1.1': 'bn2', '2': 'conv_pwl', '3': 'bn3' },
  ];
  const rename = (name: string) => {
    const [, index, rest, kind] = /^features\.(\d+)\.(.+)\.(\w+)$/.exec(name) ?? [];
    if (index === undefined) return name.replace('classifier.1', 'classifier');
    if (index === '0') return `${rest === '0' ? 'conv_stem' : 'bn1'}.${kind}`;
    if (index === '18') return `${rest === '0' ? 'conv_head' : 'bn2'}.${kind}`;
    const layers = index === '1' ? first : others;
    return `blocks.${rows[Number(index) - 1]}.${layers[rest.slice('conv.'.length)]}.${kind}`;
  };
  return new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
}
