/**
 * What differs between two states of a plane: runs of pixels, each as the number of equal pixels before it, its length, and the
 * exclusive or of its old and new label, which is one for the whole run. The two numbers are written in groups of 7 bits, the
 * lowest first. The same patch leads from the old state to the new one and back.
 */
export type Patch = Uint8Array;

/** Writes a patch, run by run from the first pixel to the last. */
export class PatchWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** Where the last written run ends. */
  #written = 0;
  #run = { start: 0, end: 0, difference: 0 };

  /** Adds pixels `start` .. `end - 1`, after all that were added. @param difference not 0 */
  add(start: number, end: number, difference: number): void {
    if (start === this.#run.end && difference === this.#run.difference) {
      this.#run.end = end;
      return;
    }
    this.#flush();
    this.#run = { start, end, difference };
  }

  /** The patch; nothing can be added after. */
  finish(): Patch {
    this.#flush();
    return this.#bytes.slice(0, this.#length);
  }

  #flush(): void {
    const { start, end, difference } = this.#run;
    if (start === end) return;
    // Two numbers of at most 5 bytes, and the difference.
    if (this.#length + 11 > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#number(start - this.#written);
    this.#number(end - start);
    this.#bytes[this.#length++] = difference;
    this.#written = end;
  }

  #number(value: number): void {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128;
    this.#bytes[this.#length++] = rest;
  }
}

/** Takes a plane from one of the two states of a patch to the other. */
export function togglePatch(plane: Uint8Array, patch: Patch): void {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  for (let pixel = 0; at < patch.length; ) {
    pixel += number();
    const end = pixel + number();
    const difference = patch[at++];
    for (; pixel < end; pixel++) plane[pixel] ^= difference;
  }
}
