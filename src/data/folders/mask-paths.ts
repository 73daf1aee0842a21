import type { Sample } from './folder.node.ts';

/** The files of a sample's mask. */
export function maskPaths({ mask }: Pick<Sample, 'mask'>): string[] {
  if (mask === undefined) return [];
  return typeof mask === 'string' ? [mask] : Object.values(mask);
}
