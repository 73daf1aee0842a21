import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

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
