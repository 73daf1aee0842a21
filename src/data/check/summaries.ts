import { quantile } from '../../core/quantile.ts';
import type { Size } from '../../core/size.ts';
import type { Sample } from '../folders/folder.node.ts';

/** Sizes of images; smallest, median and largest by the number of pixels. */
export interface SizeSummary {
  readonly smallest: Size;
  readonly median: Size;
  readonly largest: Size;
  readonly most_common: Size & { readonly count: number };
  /** How many different ones there are. */
  readonly different: number;
  /** Width / height. */
  readonly aspect: { readonly min: number; readonly median: number; readonly max: number };
}

/** Shares of the image that masks cover, 0 to 1. */
export interface AreaSummary {
  readonly min: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** Masks of nothing, and of everything. */
  readonly empty: number;
  readonly full: number;
  /** Masks that are not empty. */
  readonly histogram: readonly { readonly above: number; readonly up_to: number; readonly count: number }[];
}

/** Groups of images, such as patients, and how many images they have. */
export interface GroupSummary {
  readonly total: number;
  readonly smallest: number;
  readonly median: number;
  readonly largest: number;
}

/** Finer below, because objects are small more often than large. */
const areaEdges = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** @param sizes at least one */
export function summariseSizes(sizes: readonly Size[]): SizeSummary {
  const sorted = [...sizes].sort((a, b) => a.height * a.width - b.height * b.width);
  const at = (index: number): Size => ({ height: sorted[index].height, width: sorted[index].width });
  const counts = countBy(sorted, ({ height, width }) => `${height} ${width}`);
  const [[name, count]] = [...counts].sort((a, b) => b[1] - a[1]);
  const [height, width] = name.split(' ').map(Number);
  const aspects = ascending(sizes.map((size) => size.width / size.height));
  return {
    smallest: at(0),
    median: at(Math.floor((sorted.length - 1) / 2)),
    largest: at(sorted.length - 1),
    most_common: { height, width, count },
    different: counts.size,
    aspect: { min: aspects[0], median: quantile(aspects, 0.5), max: aspects[aspects.length - 1] },
  };
}

/** @param areas shares, at least one */
export function summariseAreas(areas: readonly number[]): AreaSummary {
  const sorted = ascending(areas);
  return {
    min: sorted[0],
    p5: quantile(sorted, 0.05),
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: sorted[sorted.length - 1],
    empty: areas.filter((area) => area === 0).length,
    full: areas.filter((area) => area === 1).length,
    histogram: areaEdges.slice(1).map((upTo, i) => ({
      above: areaEdges[i],
      up_to: upTo,
      count: areas.filter((area) => area > areaEdges[i] && area <= upTo).length,
    })),
  };
}

/** @returns nothing for images without groups */
export function summariseGroups(samples: readonly Sample[]): { readonly groups?: GroupSummary } {
  const sizes = ascending(
    [...countBy(samples, ({ group = '' }) => group)].flatMap(([group, n]) => (group ? n : [])),
  );
  if (sizes.length === 0) return {};
  const [smallest, largest] = [sizes[0], sizes[sizes.length - 1]];
  return { groups: { total: sizes.length, smallest, median: quantile(sizes, 0.5), largest } };
}

/** How many items have each name, in order of first appearance. */
export function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return counts;
}
