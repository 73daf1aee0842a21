import { UserError } from '../core/errors.ts';
import { parseSize } from '../core/size.ts';
import type { Network } from '../eval/predictor.ts';
import type { Tiles } from '../eval/tile-network.node.ts';
import { strideOf } from '../nn/encoder.ts';
import { checkSize } from '../nn/model.ts';
import type { ApplicationSettings } from './settings.ts';

/** How a run's network was trained: on crops of images at this scale, or on whole images. */
export interface TrainedScale {
  readonly path: string;
  readonly crop: boolean;
  readonly scale: number;
}

/**
 * The tiles that are asked for, or that runs were trained on; undefined where images are resized as a whole.
 *
 * @throws UserError for runs of several scales, and for tiles that a network cannot have
 */
export function tilesOf(
  { tile, scale }: Pick<ApplicationSettings, 'tile' | 'scale'>,
  networks: readonly Network[],
  trained: readonly TrainedScale[],
): Tiles | undefined {
  const [first] = trained;
  const other = trained.find((each) => each.crop !== first.crop || each.scale !== first.scale);
  const wanted = tile === undefined ? first.crop : tile !== false && tile !== 'off';
  if (other && (tile === undefined || (wanted && scale === undefined))) {
    throw new UserError({
      what: other.path,
      got: scaleText(other),
      expected: `the scale of ${first.path}, which has learned from ${scaleText(first)}`,
      fix: 'name runs of one scale, or say how both are applied: --tile and --scale, or --tile off',
    });
  }
  if (!wanted) {
    if (scale === undefined) return undefined;
    throw new UserError({
      what: 'scale',
      got: `${scale} without tiles`,
      expected: 'tiles, of which it is the scale',
      fix: 'add --tile, or leave it out',
    });
  }
  const named = tile === undefined || tile === true || tile === 'auto' ? undefined : parseSize(String(tile));
  const size = named ?? networks[0].size;
  for (const { architecture, size: own } of networks) {
    checkSize(size, architecture.encoder);
    if (!architecture.encoder.model || (size.height === own.height && size.width === own.width)) continue;
    throw new UserError({
      what: 'tile',
      got: `${size.height}x${size.width} with the encoder ${architecture.encoder.name}, an ONNX file`,
      expected: `its own size, ${own.height}x${own.width}`,
      fix: 'leave out the size',
    });
  }
  const stride = Math.max(...networks.map(({ architecture }) => strideOf(architecture.encoder)));
  return { tile: size, scale: scale ?? first.scale, stride };
}

const scaleText = ({ crop, scale }: TrainedScale) =>
  crop ? `crops of images at the scale ${scale}` : 'whole images';
