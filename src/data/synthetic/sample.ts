import { RandomStream } from '../../core/random.ts';
import type { Size } from '../resize.ts';

export interface SampleOptions extends Size {
  readonly seed: number;
  /** Which image of the endless series that belongs to the seed. */
  readonly index: number;
}

/** A picture and where its lesions are. */
export interface SyntheticSample {
  /** RGB, [H, W, 3] in 0..255. */
  readonly image: Uint8Array;
  /** [H, W], 1 inside lesions, else 0. */
  readonly mask: Uint8Array;
}

/** Draws an image like those of endoscopy, with lesions and the mask of them. */
export function drawSyntheticSample({ seed, index, height, width }: SampleOptions): SyntheticSample {
  const stream = new RandomStream(seed, 'synthetic', index);
  const [x0, y0, r] = [stream.uniform(), stream.uniform(), 0.1 + 0.2 * stream.uniform()];
  const image = new Uint8Array(height * width * 3);
  const mask = new Uint8Array(height * width);
  for (let i = 0; i < mask.length; i++) {
    const inside = Math.hypot((i % width) / width - x0, Math.floor(i / width) / height - y0) < r;
    mask[i] = inside ? 1 : 0;
    image.set(inside ? [220, 120, 100] : [180, 100, 90], 3 * i);
  }
  return { image, mask };
}
