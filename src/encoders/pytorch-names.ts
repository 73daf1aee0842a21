import type { TensorSpec } from '../core/tensor.ts';
import { NORM_TENSORS } from '../nn/norm.ts';
import { BLOCKS } from './mobilenetv2.ts';

/** A convolution without bias and the batch norm behind it, by their names in a file. */
export interface NormedConv {
  readonly conv: string;
  readonly norm: string;
}

/** The tensors of both in PyTorch's names, for a kernel of this shape. */
export function normedConvSpecs({ conv, norm }: NormedConv, kernel: readonly number[]): TensorSpec[] {
  return [
    { name: `${conv}.weight`, shape: kernel },
    ...NORM_TENSORS.map((name) => ({ name: `${norm}.${name}`, shape: [kernel[0]] })),
  ];
}

/** A residual network's layer in torchvision's and timm's files: `layer2.0.conv1` with `layer2.0.bn1`. */
export function resNetNames(layer: string): NormedConv {
  if (layer.endsWith('.downsample')) return { conv: `${layer}.0`, norm: `${layer}.1` };
  return { conv: layer, norm: layer.replace(/conv(\d)$/, 'bn$1') };
}

/** A MobileNetV2 layer such as `blocks.3.expand`, taken apart; `stem` has no block. */
function placeOf(layer: string) {
  const [, index, kind] = layer.split('.');
  return { index: Number(index), kind, block: BLOCKS[Number(index)] };
}

/** A MobileNetV2 layer in torchvision's files: `features.4.conv.0.0` with `features.4.conv.0.1`. */
export function torchvisionMobileNetNames(layer: string): NormedConv {
  if (layer === 'stem') return { conv: 'features.0.0', norm: 'features.0.1' };
  const { index, kind, block } = placeOf(layer);
  const kinds = block.expand > 1 ? ['expand', 'depthwise', 'project'] : ['depthwise', 'project'];
  const scope = `features.${index + 1}.conv`;
  const at = kinds.indexOf(kind);
  if (kind === 'project') return { conv: `${scope}.${at}`, norm: `${scope}.${at + 1}` };
  return { conv: `${scope}.${at}.0`, norm: `${scope}.${at}.1` };
}

/** A MobileNetV2 layer in timm's files: `blocks.2.0.conv_pw` with `blocks.2.0.bn1`. */
export function timmMobileNetNames(layer: string): NormedConv {
  if (layer === 'stem') return { conv: 'conv_stem', norm: 'bn1' };
  const { kind, block } = placeOf(layer);
  const convs: Readonly<Record<string, string>> =
    block.expand > 1
      ? { expand: 'conv_pw', depthwise: 'conv_dw', project: 'conv_pwl' }
      : { depthwise: 'conv_dw', project: 'conv_pw' };
  const scope = `blocks.${block.stage}.${block.place}`;
  return { conv: `${scope}.${convs[kind]}`, norm: `${scope}.bn${Object.keys(convs).indexOf(kind) + 1}` };
}
