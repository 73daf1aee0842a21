import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { unpackError } from '../../core/packed-error.ts';
import { WorkerPool } from '../../core/pool.node.ts';
import { startWorker } from '../../core/worker.node.ts';
import { placeOf } from '../decode/page.ts';
import type { PixelReading } from '../decode/reading.ts';
import type { DataFolder, Sample } from '../folders/folder.node.ts';
import { type SplitOptions, type Splits, splitSamples } from '../folders/split.ts';
import { clusterLookup, type Fingerprint } from './clusters.ts';
import type { FingerprintReply, FingerprintTask } from './fingerprint.worker.node.ts';
import type { GroupOf } from './together.ts';

type OnProgress = (done: number, total: number) => void;

/** Reads images and finds which are duplicates; one that cannot be read has none. */
export async function findDuplicates(
  samples: readonly Sample[],
  reading: PixelReading,
  onProgress?: OnProgress,
): Promise<GroupOf<Sample>> {
  const paths = [...new Set(samples.map(({ image }) => image))];
  return clusterLookup(paths, await fingerprintsOf(paths, reading, onProgress));
}

/**
 * `splitSamples`, duplicates kept together where the folder has no lists. With lists nothing but the lists is read.
 * @throws UserError as `splitSamples` does
 */
export async function splitFolder(
  folder: DataFolder,
  options: SplitOptions & { readonly reading: PixelReading },
  onProgress?: OnProgress,
): Promise<Splits> {
  if (Object.keys(folder.lists).length > 0) return splitSamples(folder, options);
  return splitSamples(folder, {
    ...options,
    clusterOf: await findDuplicates(folder.samples, options.reading, onProgress),
  });
}

/** Of files that were read already; the runs of a study read the same. By path, size, time of the last change and reading. */
const known = new Map<string, Fingerprint | undefined>();

/** By what images are compared with others; undefined of those that cannot be read. */
export async function fingerprintsOf(
  paths: readonly string[],
  reading: PixelReading,
  onProgress?: OnProgress,
): Promise<(Fingerprint | undefined)[]> {
  const keys = await Promise.all(paths.map((path) => keyOf(path, reading)));
  const missing = [...keys.keys()].filter((i) => !known.has(keys[i]));
  if (missing.length > 0) {
    const url = new URL('./fingerprint.worker.node.ts', import.meta.url);
    const threads = Math.min(availableParallelism(), missing.length);
    const pool = new WorkerPool<FingerprintTask, FingerprintReply>(
      Array.from({ length: threads }, () => startWorker(url)),
    );
    let done = 0;
    const read = async (i: number) => {
      const reply = await pool.run({ path: paths[i], reading });
      if ('error' in reply) throw unpackError(reply.error);
      known.set(keys[i], reply.fingerprint);
      onProgress?.(++done, missing.length);
    };
    try {
      await Promise.all(missing.map(read));
    } finally {
      await pool.close();
    }
  }
  return keys.map((key) => known.get(key));
}

async function keyOf(path: string, reading: PixelReading): Promise<string> {
  const found = await stat(placeOf(path).file).catch(() => undefined);
  return `${path}\n${found?.size}\n${found?.mtimeMs}\n${JSON.stringify(reading)}`;
}
