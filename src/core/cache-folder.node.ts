import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from './errors.ts';
import { makeFolder } from './folders.node.ts';

/** Where what was fetched or made is kept for this user: `FEWMASK_CACHE`, or the system's place for such files. */
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

/**
 * To be asked before anything is fetched that is to be kept.
 *
 * @throws UserError where the cache cannot be written to
 */
export async function expectUsableCache(): Promise<void> {
  const folder = cacheFolder();
  if (await isUsable(folder)) return;
  throw new UserError({
    what: `the cache ${folder}`,
    got: 'a place that cannot be written to',
    expected: 'one where what is fetched can be kept',
    fix: 'name another folder in FEWMASK_CACHE',
  });
}

/** Makes a folder where there is none, and tells whether it can be written to. */
export async function isUsable(folder: string): Promise<boolean> {
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
