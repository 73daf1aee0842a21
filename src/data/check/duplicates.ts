import type { ListName } from '../folders/folder.node.ts';
import type { Cluster, Surveyed } from './clusters.ts';

/** Images of one folder that are duplicates. */
export interface Duplicates {
  readonly stems: readonly string[];
  /** The parts of the data they lie in: more than one is a leak between them. */
  readonly parts: readonly ListName[];
}

/** Groups of images whose files are equal byte by byte, those that lie in several parts first. */
export function equalIn({ data, facts, partOf }: Surveyed): Duplicates[] {
  const groups = new Map<string, string[]>();
  for (const [i, { stem }] of data.samples.entries()) {
    const hash = facts[i].image?.hash;
    if (hash !== undefined) groups.set(hash, [...(groups.get(hash) ?? []), stem]);
  }
  return asDuplicates([...groups.values()], partOf);
}

/** What of each cluster lies in a folder, those in several parts of its data first. */
export function alikeIn(folder: Surveyed, clusters: readonly Cluster[]): Duplicates[] {
  const own = clusters.map((members) =>
    members.filter((member) => member.folder === folder).map(({ sample }) => sample.stem),
  );
  return asDuplicates(own, folder.partOf);
}

function asDuplicates(groups: readonly (readonly string[])[], partOf: Surveyed['partOf']): Duplicates[] {
  return groups
    .filter((stems) => stems.length > 1)
    .map((stems) => ({ stems, parts: [...new Set(stems.map(partOf))].sort() }))
    .sort((a, b) => b.parts.length - a.parts.length);
}
