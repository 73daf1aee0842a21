import { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { type BatchSource, imageRequest } from '../data/loading/batch.ts';
import { degradedImage, type Pretext } from '../data/pretexts/index.ts';

/** Some of the audited images. */
export interface AuditBatch {
  /** [n, 3, H, W]: what the network is given, degraded as it was in its training. */
  readonly input: Float32Array;
  /** [n, outputs, H, W]: what it is to make of it, the clean image or the mask. */
  readonly target: Float32Array;
}

/** The images that a network is audited on. */
export class AuditImages {
  readonly #source: BatchSource;
  readonly #segments: boolean;
  readonly #seed: number;
  readonly pretext: Pretext | undefined;
  /** For each image another one: no image is its own. Undefined for a single image. */
  readonly others: readonly number[] | undefined;

  /**
   * @param count of images of the source
   * @param pretext how inputs are degraded; for a segmentation network it stays out
   */
  constructor(
    source: BatchSource,
    readonly count: number,
    { segments, pretext, seed }: { segments: boolean; pretext?: Pretext; seed: number },
  ) {
    this.#source = source;
    this.#segments = segments;
    this.#seed = seed;
    this.pretext = segments ? undefined : (pretext ?? { kind: 'identity' });
    this.others = count > 1 ? derangement(count, new RandomStream(seed, 'audit', 'others')) : undefined;
  }

  async batch(indices: readonly number[]): Promise<AuditBatch> {
    const { input, target, mask } = await this.#source.batch({
      ...imageRequest(indices),
      pretext: this.pretext,
    });
    return { input, target: this.#segments ? mask! : target! };
  }

  /** Degrades another image [3, H, W] as these are. */
  degrade(image: Float32Array, size: Size, name: string): Float32Array {
    if (!this.pretext) return image;
    const stream = new RandomStream(this.#seed, 'audit', 'degrade', name);
    return degradedImage(image, size, this.pretext, stream);
  }
}

/** The i-th of a number of equal parts. */
export function partOf(values: Float32Array, i: number, parts: number): Float32Array {
  const length = values.length / parts;
  return values.subarray(i * length, (i + 1) * length);
}

/** Equal parts one after another. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.length * parts[0].length);
  for (const [i, part] of parts.entries()) result.set(part, i * part.length);
  return result;
}

/** A permutation in which nothing stays in its place: one cycle, drawn evenly (Sattolo 1986). */
export function derangement(count: number, stream: RandomStream): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = stream.integer(i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
