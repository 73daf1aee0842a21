import type { Listener } from '../core/events.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import { imageRequest } from '../data/loading/batch.ts';
import type { Objective } from '../objectives/objective.ts';
import { expectUsable, type Images, type LoadedSamples, leftOut } from '../train/images.node.ts';

interface Wanted {
  readonly folder: string;
  readonly samples: readonly Sample[];
}

/**
 * Those images that can be audited; the others are told. An image with a mask can be used, and yet nothing be known of the piece that is
 * drawn of it.
 *
 * @throws UserError if there is none
 */
export async function scorableImages(
  images: Images,
  { folder, samples }: Wanted,
  objective: Objective,
  listener: Listener,
): Promise<LoadedSamples> {
  const usable = images.part(samples);
  const unknown = new Set<Sample>();
  for (const [i, sample] of usable.samples.entries())
    if (!(await isScorable(usable, i, objective))) unknown.add(sample);
  tellProblems(folder, [...leftOut(images), ...told(unknown)], { ...listener, strict: false });
  const found = images.part(usable.samples.filter((sample) => !unknown.has(sample)));
  expectUsable(folder, 'audited', samples, found);
  return found;
}

/** Whether any pixel of an image counts. */
async function isScorable(images: LoadedSamples, i: number, { paints, weight }: Objective): Promise<boolean> {
  if (paints || !weight) return true;
  return weight(await images.batch(imageRequest([i])), 1).some((counts) => counts > 0);
}

function told(unknown: ReadonlySet<Sample>): string[] {
  if (unknown.size === 0) return [];
  const [{ image }] = unknown;
  const which =
    unknown.size === 1
      ? `1 image is left out (${image})`
      : `${unknown.size} images are left out (${image}, ..)`;
  return [`${which}: the network gets only pixels of which nothing is known; mark more, or audit others`];
}
