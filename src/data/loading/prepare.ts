import { expectSize, type Size } from '../../core/size.ts';
import { type Place, placeIn, type ReadAs, withBorder } from '../decode/fit.ts';
import { type ImageInMemory, rgbOf } from '../decode/memory.ts';
import { type Image, resizeBilinear } from '../decode/resize.ts';
import { toPlanes } from './pixels.ts';

/**
 * An image in memory as 8-bit RGB of a network's size, and where it lies there.
 *
 * @param name of the image, for messages
 * @throws UserError as `prepareImage`
 */
export function fittedImage(
  image: ImageInMemory,
  size: Size,
  { fit = 'stretch', reading }: ReadAs,
  name = 'image',
): { readonly image: Image; readonly place: Place } {
  expectSize(size);
  const rgb = rgbOf(image, name, reading);
  const place = placeIn(rgb, size, fit);
  return { image: withBorder(resizeBilinear(rgb, place), size, place), place };
}

/**
 * What a network is fed of an image, number by number as `predict` does it: alpha dropped, grey as RGB, resized bilinearly with
 * antialiasing in 8 bits, scaled to [-1, 1]. It needs neither Node nor files.
 *
 * @param image of any size
 * @param size the network's: `input_height` and `input_width` in the metadata of an exported model
 * @param as.fit `pad` for a network that was trained with `--fit pad`; `placeIn` tells where the image lies then
 * @param as.reading of a run that has one: `intensity` and `channels` in that metadata
 * @returns [3, height, width]: planes of red, green and blue
 * @throws UserError if the image's sizes or channels do not fit its data, or the network's size is no size; for an unknown `fit`
 */
export function prepareImage(image: ImageInMemory, size: Size, as: ReadAs = {}): Float32Array {
  return toPlanes(fittedImage(image, size, as).image.data);
}
