import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Versions of Node.js that are supported. */
export const NODE_VERSIONS = ['20', '22', '24'] as const;

/**
 * Installs a version of Node.js into a folder; npm's package `node` brings it.
 *
 * @returns where its program lies
 */
export function nodeBinary(version: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const install = ['install', `node@${version}`, '--prefix', folder, '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', [...install, '--ignore-scripts=false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm could not install node@${version}: ${stderr}`);
  return join(folder, 'node_modules', 'node', 'bin', 'node');
}
