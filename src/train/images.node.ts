import { UserError } from '../core/errors.ts';
import { type Listener, progressOf } from '../core/events.ts';
import { parseSize, type Size } from '../core/size.ts';
import type { Fit } from '../data/decode/fit.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { type Clustering, clustersOf, type Fingerprint } from '../data/duplicates/clusters.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { summariseUnusable, type Unusable } from '../data/folders/unusable.ts';
import type { BatchRequest, TestSource } from '../data/loading/batch.ts';
import type { CropPlan } from '../data/loading/crop.ts';
import { Loader } from '../data/loading/loader.node.ts';
import type { ImageLook } from '../data/loading/look.ts';
import type { Labelling } from '../data/masks/labelling.ts';
import type { Vanishing } from '../data/masks/vanishing.ts';
import { tooLargeToScore } from '../eval/tile-network.node.ts';
import type { SplitEntry } from '../records/run-records.ts';
import { type CropSettings, cropPlanOf } from '../settings/crop.ts';
import { type PixelSettings, readingOf } from '../settings/pixels.ts';

/** Some samples of a loader, numbered from 0 in their own order. */
export interface LoadedSamples extends TestSource {
  readonly samples: readonly Sample[];
  /** Names and hashes, for `splits.json`. */
  readonly entries: readonly SplitEntry[];
  /** What of their masks is lost at the network's size. */
  readonly vanishing: readonly Vanishing[];
  /** By what they are compared with others. */
  readonly fingerprints: readonly Fingerprint[];
  /** What they are like. */
  readonly looks: readonly ImageLook[];
}

export interface ImagesOptions {
  readonly size: Size;
  readonly reading: PixelReading;
  readonly workers: number;
  readonly memoryBytes: number;
  /** Batches are of pieces of images at their own scale. */
  readonly crop?: CropPlan;
  /** How others come into the network's size. */
  readonly fit?: Fit;
  /** Where decoded images are kept for other processes. */
  readonly decodedIn?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Decoded images, each read once, with their masks or without. Runs of a study share one.
 */
export class Images {
  readonly #loader: Loader;
  readonly #indexOf: ReadonlyMap<string, number>;

  private constructor(loader: Loader) {
    this.#loader = loader;
    const left = new Set(loader.unusable.map(({ sample }) => sample));
    const numbered = [...loader.samples.entries()].filter(([, sample]) => !left.has(sample));
    this.#indexOf = new Map(numbered.map(([index, { image }]) => [image, index]));
  }

  /** @param labelling what masks mean; without it they are not read */
  static async open(
    samples: readonly Sample[],
    labelling: Labelling | undefined,
    options: ImagesOptions,
  ): Promise<Images> {
    const unique = [...new Map(samples.map((sample) => [sample.image, sample])).values()];
    return new Images(await Loader.open({ ...options, samples: unique, labelling }));
  }

  /** Those whose files cannot be used, and why. */
  get unusable(): readonly Unusable[] {
    return this.#loader.unusable;
  }

  /**
   * Those of some samples that can be used, in their order.
   *
   * @param wanted among those it was opened with
   */
  part(wanted: readonly Sample[]): LoadedSamples {
    const samples = wanted.filter(({ image }) => this.#indexOf.has(image));
    const indices = samples.map(({ image }) => this.#indexOf.get(image)!);
    const translate = (request: BatchRequest) => ({
      ...request,
      indices: request.indices.map((i) => indices[i]),
    });
    const { whole } = this.#loader;
    return {
      samples,
      entries: samples.map(({ stem, source, group }, i) => ({
        ...{ stem, ...this.#loader.hashes[indices[i]]! },
        ...(source !== undefined && { source }),
        ...(group !== undefined && { group }),
      })),
      vanishing: indices.flatMap((i) => this.#loader.vanishing[i] ?? []),
      fingerprints: indices.map((i) => this.#loader.fingerprints[i]!),
      looks: indices.map((i) => this.#loader.looks[i]!),
      batch: (request) => this.#loader.batch(translate(request)),
      nativeMask: (i) => this.#loader.nativeMask(indices[i]),
      place: (i) => this.#loader.places[indices[i]]!,
      ...(whole && { whole: (i) => whole(indices[i]) }),
    };
  }

  /**
   * The same of samples that are scored, which takes the whole output where batches are of pieces.
   *
   * @param channels of the output
   * @returns also those that are too large for that, which are not among the samples
   */
  scored(
    wanted: readonly Sample[],
    channels: number,
  ): LoadedSamples & { readonly unusable: readonly Unusable[] } {
    const { places, whole } = this.#loader;
    const unusable = wanted.flatMap((sample): Unusable[] => {
      const place = whole && places[this.#indexOf.get(sample.image) ?? -1];
      const problem = place && tooLargeToScore(place, channels, sample.image);
      return problem ? [{ sample, problems: [problem] }] : [];
    });
    const left = new Set(unusable.map(({ sample }) => sample));
    return { ...this.part(wanted.filter((sample) => !left.has(sample))), unusable };
  }

  close(): Promise<void> {
    return this.#loader.close();
  }
}

/** The images of several runs. */
export interface StudyImages {
  /** With their masks: to train, to validate, to test. */
  readonly masked: Images;
  /** Without: to pretrain, and to learn from beside those with masks. */
  readonly plain?: Images;
}

/** Runs `body` on the images given, which stay open, or on freshly opened ones, which are closed after it. */
export async function withImages<T>(
  given: Images | undefined,
  open: () => Promise<Images>,
  body: (images: Images) => Promise<T>,
): Promise<T> {
  if (given) return body(given);
  const images = await open();
  try {
    return await body(images);
  } finally {
    await images.close();
  }
}

/** The samples that cannot be used, each once, as a problem of the data: one with all of them. */
export function leftOut(...sets: readonly Pick<Images, 'unusable'>[]): string[] {
  const all = sets.flatMap(({ unusable }) => unusable).reverse();
  const unique = [...new Map(all.map((unusable) => [unusable.sample.image, unusable])).values()].reverse();
  return unique.length > 0 ? [summariseUnusable(unique)] : [];
}

/** Most pairs of duplicates named in one message. */
const MOST_PAIRS = 5;

type Compared = Pick<LoadedSamples, 'samples' | 'fingerprints'>;

/**
 * Images of one part that are duplicates of one of another part, as problems of the data: one of all that are equal byte by
 * byte, one of all that look alike. What is trained on tells nothing when it is tested on.
 *
 * @param clustersAmong where duplicates were looked for already
 */
export function sameAcross(
  parts: Readonly<Record<string, readonly Compared[]>>,
  clustersAmong: Clustering = clustersOf,
): string[] {
  const images = Object.entries(parts).flatMap(([part, sets]) =>
    sets.flatMap(({ samples, fingerprints }) =>
      samples.map(({ stem }, i) => ({ part, stem, ...fingerprints[i] })),
    ),
  );
  const [equal, alike] = [new Set<string>(), new Set<string>()];
  for (const members of clustersAmong(images)) {
    const seen = new Set<string>();
    for (const i of members) {
      const { part, stem, hash } = images[i];
      const other = members.map((k) => images[k]).find((one) => one.hash === hash)!;
      if (other.part !== part) equal.add(`${other.stem} (${other.part}) = ${stem} (${part})`);
      const first = images[members[0]];
      if (first.part !== part && other.part === part && !seen.has(hash)) {
        alike.add(`${first.stem} (${first.part}) ~ ${stem} (${part})`);
      }
      seen.add(hash);
    }
  }
  return [...told('the same image', equal), ...told('nearly the same image', alike)];
}

function told(what: string, pairs: ReadonlySet<string>): string[] {
  if (pairs.size === 0) return [];
  const named = [...pairs].slice(0, MOST_PAIRS).join(', ') + (pairs.size > MOST_PAIRS ? ', ..' : '');
  return [`${what} in two parts of the data, ${pairs.size === 1 ? 'once' : `${pairs.size} times`}: ${named}`];
}

/** @throws UserError if samples were wanted for a purpose and none of them can be used */
export function expectUsable(
  data: string,
  purpose: string,
  wanted: readonly Sample[],
  { samples }: LoadedSamples,
): void {
  if (wanted.length === 0 || samples.length > 0) return;
  throw new UserError({
    what: data,
    got: `no ${purpose} image that can be used, of ${wanted.length}`,
    expected: 'at least one',
    fix: `see what is wrong with them: npx fewmask data check ${data}`,
  });
}

/** How a run reads its images. */
export function imagesOptionsOf(
  config: PixelSettings &
    CropSettings & { readonly size: string; readonly workers: number; readonly memory: number },
  listener: Listener,
): ImagesOptions {
  return {
    size: parseSize(config.size),
    reading: readingOf(config),
    workers: config.workers,
    memoryBytes: config.memory,
    ...{ crop: cropPlanOf(config), fit: config.fit },
    onProgress: progressOf(listener, 'reading images'),
  };
}
