import type { Clustering } from '../duplicates/clusters.ts';
import type { DataFolder, ListName, Sample } from '../folders/folder.node.ts';
import type { SampleFacts } from './facts.node.ts';

/** A folder that was read, and which part of its data each image belongs to. */
export interface Surveyed {
  readonly data: DataFolder;
  readonly facts: readonly SampleFacts[];
  readonly partOf: (stem: string) => ListName;
}

/** An image of one of several folders. */
export interface Member {
  readonly folder: Surveyed;
  readonly sample: Sample;
  readonly part: ListName;
}

/** Images that are duplicates, byte by byte or by what they look like; in order of folders and stems. */
export type Cluster = readonly Member[];

/** The duplicates within and between folders, in order of their first images. */
export function findClusters(folders: readonly Surveyed[], clustersAmong: Clustering): Cluster[] {
  const images = folders.flatMap((folder) =>
    folder.data.samples.flatMap((sample, i) => {
      const { image } = folder.facts[i];
      return image ? [{ folder, sample, part: folder.partOf(sample.stem), ...image }] : [];
    }),
  );
  return clustersAmong(images).map((members) => members.map((i) => images[i]));
}

/** Whether a cluster has images of several folders, or of several parts of one. */
export function crosses([first, ...rest]: Cluster): boolean {
  return rest.some(({ folder, part }) => folder !== first.folder || part !== first.part);
}

/** How members are called: by stem, or by `folder/stem` where two folders have an image of the same stem. */
export function namesOf(folders: readonly Surveyed[]): (member: Member) => string {
  const stems = folders.flatMap(({ data }) => data.samples.map(({ stem }) => stem));
  if (new Set(stems).size === stems.length) return ({ sample }) => sample.stem;
  return ({ folder, sample }) => `${folder.data.root.replace(/[\\/]+$/, '')}/${sample.stem}`;
}
