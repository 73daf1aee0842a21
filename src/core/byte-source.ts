/** Bytes that are read in parts: of a file that is not read whole, or in memory. */
export interface ByteSource {
  readonly length: number;
  /** The bytes from `from` to before `to`, or as many of them as there are. */
  read(from: number, to: number): Uint8Array;
}

/** Bytes that are in memory; what is read is not copied. */
export function inMemory(bytes: Uint8Array): ByteSource {
  return { length: bytes.length, read: (from, to) => bytes.subarray(from, Math.max(from, to)) };
}
