import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Size } from '../core/size.ts';
// sharp's libraries must be loaded by the main thread to outlive the workers that use them.
import 'sharp';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import { unpackError } from '../core/packed-error.ts';
import { WorkerPool } from '../core/pool.node.ts';
import { startWorker } from '../core/worker.node.ts';
import type { DrawReply, DrawTask } from './draw.worker.node.ts';
import { clearSet, SET_KIND, SET_RECORD, stemOf } from './set-folder.node.ts';

export interface SyntheticDataOptions {
  /** The folder to write: new, empty, or an earlier synthetic set if `overwrite`. */
  readonly out: string;
  readonly overwrite?: boolean;
  /** Images, all together. */
  readonly count: number;
  /** How many of them have masks for training. */
  readonly labelled: number;
  /** How many have masks for testing. */
  readonly test: number;
  readonly size: Size;
  readonly seed: number;
  readonly onImage?: (done: number, total: number) => void;
}

/** What was written: `synthetic.json`, by which such a folder is known. */
export interface SyntheticSummary {
  readonly kind: typeof SET_KIND;
  /** Grows when equal seeds begin to give other images. */
  readonly version: number;
  readonly seed: number;
  /** HxW. */
  readonly size: string;
  readonly images: number;
  readonly labelled: number;
  readonly test: number;
}

/** Of what is drawn: grows when equal seeds begin to give other images. */
export const GENERATOR_VERSION = 1;
const LEAST_SIDE = 32;
const MOST_SIDE = 4096;

/**
 * Writes a data folder of synthetic images, `synthetic-0001.png` and so on. The first `test` of them are the test
 * set (`test.txt`), the next `labelled` the training set (`train.txt`); both have masks, the others have none. So
 * with equal seed and `test`, more images or more labels change none of those there were, nor the test set.
 *
 * @throws UserError for numbers that do not fit together, or a folder with anything in it but an earlier such set
 */
export async function writeSyntheticData(options: SyntheticDataOptions): Promise<SyntheticSummary> {
  const { out, count, labelled, test, size, seed } = options;
  checkNumbers(options);
  await clearSet(out, options.overwrite ?? false);
  const summary: SyntheticSummary = {
    kind: SET_KIND,
    version: GENERATOR_VERSION,
    seed,
    size: `${size.height}x${size.width}`,
    images: count,
    labelled,
    test,
  };
  // First, so that a set that was broken off can be replaced.
  await writeWhole(join(out, SET_RECORD), `${JSON.stringify(summary, null, 2)}\n`);
  const stems = Array.from({ length: count }, (_, i) => stemOf(i + 1, count));
  await writeList(join(out, 'test.txt'), stems.slice(0, test));
  // Without test images some of the training images test, as in any folder without lists.
  await writeList(join(out, 'train.txt'), test > 0 ? stems.slice(test, test + labelled) : []);
  const tasks = stems.map(
    (stem, i): DrawTask => ({
      ...size,
      seed,
      index: i + 1,
      image: join(out, 'images', `${stem}.png`),
      ...(i < test + labelled && { mask: join(out, 'masks', `${stem}.png`) }),
    }),
  );
  await drawAll(tasks, options.onImage);
  return summary;
}

async function drawAll(tasks: readonly DrawTask[], onImage: SyntheticDataOptions['onImage']): Promise<void> {
  const url = new URL('./draw.worker.node.ts', import.meta.url);
  const threads = Math.min(availableParallelism(), tasks.length);
  const pool = new WorkerPool<DrawTask, DrawReply>(Array.from({ length: threads }, () => startWorker(url)));
  let done = 0;
  try {
    await Promise.all(
      tasks.map(async (task) => {
        const reply = await pool.run(task);
        if ('error' in reply) throw unpackError(reply.error);
        onImage?.(++done, tasks.length);
      }),
    );
  } finally {
    await pool.close();
  }
}

async function writeList(path: string, stems: readonly string[]): Promise<void> {
  if (stems.length > 0) await writeWhole(path, `${stems.join('\n')}\n`);
}

function checkNumbers({ count, labelled, test, size }: SyntheticDataOptions): void {
  if (labelled + test > count) {
    throw new UserError({
      what: 'labelled and test',
      got: `${labelled} + ${test}`,
      expected: `together at most the ${count} images of count`,
      fix: 'raise count or lower one of them',
    });
  }
  if (Math.min(size.height, size.width) < LEAST_SIDE || Math.max(size.height, size.width) > MOST_SIDE) {
    throw new UserError({
      what: 'size',
      got: `${size.height}x${size.width}`,
      expected: `${LEAST_SIDE} to ${MOST_SIDE} pixels each way`,
      fix: 'give --size N or HxW',
    });
  }
}
