import { parentPort } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import { sha256 } from '../../core/files.node.ts';
import { type PackedError, packError } from '../../core/worker.node.ts';
import { readBytes } from '../decode/bytes.node.ts';
import { decodeThumbnail } from '../decode/decode.node.ts';
import type { PixelReading } from '../decode/reading.ts';
import { appearanceOf } from './appearance.ts';
import type { Fingerprint } from './clusters.ts';

/** An image file, and how it is read. */
export interface FingerprintTask {
  readonly path: string;
  readonly reading: PixelReading;
}

/** No fingerprint of a file that cannot be read: who uses it will say so. */
export type FingerprintReply = { readonly fingerprint?: Fingerprint } | { readonly error: PackedError };

const thumbnail = { height: 64, width: 64 };

parentPort!.on('message', async (task: FingerprintTask | 'close') => {
  if (task === 'close') return parentPort!.close();
  parentPort!.postMessage(await answer(task));
});

async function answer(task: FingerprintTask): Promise<FingerprintReply> {
  try {
    return { fingerprint: await fingerprintOf(task) };
  } catch (error) {
    return error instanceof UserError ? {} : { error: packError(error) };
  }
}

async function fingerprintOf({ path, reading }: FingerprintTask): Promise<Fingerprint> {
  const bytes = await readBytes(path);
  const { image } = await decodeThumbnail(bytes, path, thumbnail, reading);
  return { hash: sha256(bytes), appearance: appearanceOf(image) };
}
