/** The i-th of a number of equal parts, not copied. */
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
