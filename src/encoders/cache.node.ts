import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readNamed, sha256 } from '../core/files.node.ts';
import type { KnownEncoder } from './catalogue.ts';

/** Where the user's fetched encoders are kept: `FEWMASK_CACHE`, or the system's place for such files. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.FEWMASK_CACHE) return env.FEWMASK_CACHE;
  const home = homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'fewmask');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'fewmask', 'Cache');
  // The XDG Base Directory Specification ignores relative paths.
  const xdg = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  return join(xdg ?? join(home, '.cache'), 'fewmask');
}

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
