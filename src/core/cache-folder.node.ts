import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

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

/** Makes a folder where there is none, and tells whether it can be written to. */
export async function isUsable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    // Of a file in the way, too.
    await access(join(folder, '.'), constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) return false;
  }
  // Level by level: under some places, such as /proc, Node's own way to make all of them never ends.
  if (!(await isUsable(dirname(folder)))) return false;
  return mkdir(folder).then(
    () => true,
    // Another process may have made it just now.
    (error: NodeJS.ErrnoException) => error.code === 'EEXIST' && isUsable(folder),
  );
}
