import type { ListName, Sample } from '../folder.node.ts';
import type { SampleFacts } from './facts.node.ts';

/** Images whose files are equal byte by byte. */
export interface Duplicates {
  readonly stems: readonly string[];
  /** The parts of the data they lie in: more than one is a leak between them. */
  readonly parts: readonly ListName[];
}

/** Groups of equal image files, those that lie in several parts first. */
export function findDuplicates(
  samples: readonly Sample[],
  facts: readonly SampleFacts[],
  partOf: (stem: string) => ListName,
): Duplicates[] {
  const groups = new Map<string, string[]>();
  for (const [i, { stem }] of samples.entries()) {
    const hash = facts[i].image?.hash;
    if (hash !== undefined) groups.set(hash, [...(groups.get(hash) ?? []), stem]);
  }
  return [...groups.values()]
    .filter((stems) => stems.length > 1)
    .map((stems) => ({ stems, parts: [...new Set(stems.map(partOf))].sort() }))
    .sort((a, b) => b.parts.length - a.parts.length);
}
