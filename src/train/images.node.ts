import type { BatchRequest, BatchSource } from '../data/batch.ts';
import type { Sample } from '../data/folder.node.ts';
import { Loader } from '../data/loader.node.ts';
import type { Size } from '../data/resize.ts';
import { unusableError } from '../data/unusable.ts';
import { parseSize } from './config.ts';
import type { SplitEntry } from './run-folder.node.ts';

/** Some samples of a loader, numbered from 0 in their own order. */
export interface LoadedSamples extends BatchSource {
  readonly samples: readonly Sample[];
  /** Names and hashes, for `splits.json`. */
  readonly entries: readonly SplitEntry[];
}

export interface ImagesOptions {
  readonly size: Size;
  readonly workers: number;
  readonly memoryBytes: number;
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
    this.#indexOf = new Map(loader.samples.map((sample, index) => [sample.image, index]));
  }

  /** @throws UserError naming all files that cannot be read */
  static async open(samples: readonly Sample[], masks: boolean, options: ImagesOptions): Promise<Images> {
    const unique = [...new Map(samples.map((sample) => [sample.image, sample])).values()];
    const loader = await Loader.open({ ...options, samples: unique, masks });
    if (loader.unusable.length === 0) return new Images(loader);
    await loader.close();
    throw unusableError(loader.unusable);
  }

  /** @param samples among those it was opened with */
  part(samples: readonly Sample[]): LoadedSamples {
    const indices = samples.map((sample) => this.#indexOf.get(sample.image)!);
    const translate = (request: BatchRequest) => ({
      ...request,
      indices: request.indices.map((i) => indices[i]),
    });
    return {
      samples,
      entries: samples.map(({ stem }, i) => ({ stem, ...this.#loader.hashes[indices[i]]! })),
      batch: (request) => this.#loader.batch(translate(request)),
    };
  }

  close(): Promise<void> {
    return this.#loader.close();
  }
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

/** How a run reads its images. */
export function imagesOptionsOf(
  config: { readonly size: string; readonly workers: number; readonly memory: number },
  onProgress?: ImagesOptions['onProgress'],
): ImagesOptions {
  return { size: parseSize(config.size), workers: config.workers, memoryBytes: config.memory, onProgress };
}
