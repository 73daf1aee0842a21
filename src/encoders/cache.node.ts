import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../core/cache-folder.node.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import type { KnownEncoder } from './catalogue.ts';

/** The file of a known encoder. Its name changes with its content, so that versions do not fight over it. */
export function cachedFile(known: KnownEncoder): string {
  return join(cacheFolder(), `${known.name}-${known.sha256.slice(0, 8)}.safetensors`);
}

/** What is there of a known encoder; `bytes` only where all of them are as pinned. */
export type Cached =
  | { readonly state: 'verified'; readonly bytes: Uint8Array }
  | { readonly state: 'absent' | 'damaged'; readonly bytes?: undefined };

/** @throws UserError if there is a file that cannot be read */
export function readCached(known: KnownEncoder): Promise<Cached> {
  return readVerified(cachedFile(known), known.sha256);
}

/** A kept file, by the SHA-256 that it had when it was fetched. */
export async function readVerified(file: string, hash: string): Promise<Cached> {
  if (!existsSync(file)) return { state: 'absent' };
  const bytes = await readNamed(file, 'the weights of an encoder');
  return sha256(bytes) === hash ? { state: 'verified', bytes } : { state: 'damaged' };
}
