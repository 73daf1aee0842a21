import type { RawMask, ValueKind } from './raw-mask.ts';

/** What is in a mask file, before it is known what it means. */
export interface MaskSurvey {
  readonly kind: ValueKind;
  readonly lossy: boolean;
  /** Pixels by their value, ascending. */
  readonly counts: ReadonlyMap<number, number>;
  /** Of how many values above 0 all pixels are one part (8 neighbours). Only where there are three values or more. */
  readonly wholes?: number;
  readonly palette?: readonly string[];
  readonly shares?: boolean;
}

export function surveyOf(mask: RawMask): MaskSurvey {
  const { kind, lossy, data, palette, shares } = mask;
  const counts = countsOf(data);
  const numbers = !lossy && kind !== 'colour' && counts.size > 2;
  return {
    ...{ kind, lossy, counts },
    ...(numbers && { wholes: wholesOf(mask) }),
    ...(palette && { palette }),
    ...(shares !== undefined && { shares }),
  };
}

function countsOf(data: Uint8Array | Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  if (data instanceof Uint8Array) {
    const each = new Uint32Array(256);
    for (let i = 0; i < data.length; i++) each[data[i]]++;
    for (const [value, count] of each.entries()) if (count > 0) counts.set(value, count);
    return counts;
  }
  for (let i = 0; i < data.length; i++) counts.set(data[i], (counts.get(data[i]) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** How many values above 0 have pixels that are all one part: run by run, with a union of those that touch. */
function wholesOf({ width, height, data }: RawMask): number {
  const parent: number[] = [];
  const numberOf: number[] = [];
  const root = (part: number) => {
    let at = part;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]];
    return at;
  };
  let above = new Int32Array(width).fill(-1);
  let own = new Int32Array(width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = data[i];
      let part = -1;
      if (value > 0) {
        if (x > 0 && data[i - 1] === value) part = own[x - 1];
        for (let n = Math.max(0, x - 1); n <= Math.min(width - 1, x + 1); n++) {
          const other = above[n];
          if (other < 0 || numberOf[other] !== value) continue;
          if (part < 0) part = other;
          else parent[root(other)] = root(part);
        }
        if (part < 0) {
          part = parent.length;
          parent.push(part);
          numberOf.push(value);
        }
      }
      own[x] = part;
    }
    [above, own] = [own, above];
  }
  const parts = new Map<number, number>();
  for (const [part, value] of numberOf.entries())
    if (root(part) === part) parts.set(value, (parts.get(value) ?? 0) + 1);
  return [...parts.values()].filter((count) => count === 1).length;
}
