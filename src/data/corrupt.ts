import type { RandomStream } from '../core/random.ts';

/**
 * What the network is asked to undo in pretraining: nothing, or white noise of standard deviation `sigma`
 * (in units of the image, which spans [-1, 1]).
 */
export type Pretext = { readonly kind: 'identity' } | { readonly kind: 'denoise'; readonly sigma: number };

type Corruption<P extends Pretext> = (image: Float32Array, pretext: P, stream: RandomStream) => Float32Array;

const corruptions: { readonly [K in Pretext['kind']]: Corruption<Extract<Pretext, { kind: K }>> } = {
  identity: (image) => image.slice(),
  // Not clipped: at the ends of the range the noise would lose its zero mean.
  denoise: (image, { sigma }, stream) => {
    const noisy = new Float32Array(image.length);
    for (let i = 0; i < noisy.length; i++) noisy[i] = image[i] + sigma * stream.normal();
    return noisy;
  },
};

/** A degraded copy of an image with values in [-1, 1], of any layout. Equal streams give equal copies. */
export function corrupt(image: Float32Array, pretext: Pretext, stream: RandomStream): Float32Array {
  const corruption = corruptions[pretext.kind] as Corruption<Pretext>;
  return corruption(image, pretext, stream);
}
