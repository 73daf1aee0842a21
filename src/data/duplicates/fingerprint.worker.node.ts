import { parentPort } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import { type PackedError, packError } from '../../core/packed-error.ts';
import { contentOf, hashOf } from '../decode/content.node.ts';
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
  const content = await contentOf(path);
  const { image } = await decodeThumbnail(content, path, thumbnail, reading);
  return { hash: await hashOf(content), appearance: appearanceOf(image) };
}
