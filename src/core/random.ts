import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { drawNormal } from './normal.ts';

/**
 * A stream of random numbers that is a pure function of its keys, for example (seed, 'augment', epoch, sample).
 * Nobody shares a stream, so neither the order of work nor the number of workers changes a single draw.
 */
export class RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(...keys: readonly (string | number)[]) {
    this.#generator = xoroshiro128plus(hashKeys(keys));
    // The first outputs are close to the seed itself.
    for (let i = 0; i < 8; i++) this.#generator.next();
  }

  /** Uniform in [0, 1), in steps of 2^-32. */
  uniform(): number {
    return (this.#generator.next() >>> 0) / 2 ** 32;
  }

  /** Uniform integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal. */
  normal(): number {
    return drawNormal(this.#generator);
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}

/** FNV-1a over the keys' text, then MurmurHash3's finaliser, so that neighbouring seeds give unrelated streams. */
function hashKeys(keys: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of keys.map((key) => `${typeof key}:${key}`).join('\u0000')) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
