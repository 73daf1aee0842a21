import { randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import sharp from 'sharp';
import { sha256 } from '../../core/files.node.ts';
import { makeFolder } from '../../core/folders.node.ts';
import type { ResizedImage } from '../decode/decode.node.ts';

/** Hexadecimal digits in front of what a file holds. */
const HASH = 64;
/** Images that were decoded so long ago are removed. */
const DAYS = 7;
/** Bytes that stay free on the disk. */
const FREE = 2 ** 30;

/**
 * The folder in which this machine keeps decoded images for several processes, in its temporary folder (`TMPDIR`). Old ones are removed.
 *
 * @returns undefined where there can be none that is this user's alone
 */
export async function decodedFolder(): Promise<string | undefined> {
  const { uid, username } = userInfo();
  const folder = join(tmpdir(), `fewmask-decoded-${uid < 0 ? username : uid}`);
  try {
    makeFolder(folder, 0o700);
    const found = await lstat(folder);
    const isOwn = uid < 0 || (found.uid === uid && (found.mode & 0o077) === 0);
    if (!found.isDirectory() || !isOwn) return undefined;
    await removeOld(folder);
    return folder;
  } catch {
    return undefined;
  }
}

async function removeOld(folder: string): Promise<void> {
  const old = Date.now() - DAYS * 24 * 3600 * 1000;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (((await stat(path).catch(() => undefined))?.mtimeMs ?? old) < old) await rm(path, { force: true });
  }
}

/**
 * What was decoded before, or is decoded now and kept. A file that is not whole is as if it were not there; where nothing can be
 * kept, nothing is.
 *
 * @param key what the image is and how it is decoded
 */
export async function decodedOnce(
  folder: string,
  key: object,
  decode: () => Promise<ResizedImage>,
): Promise<ResizedImage> {
  // What one version writes another one may not read, or decode otherwise.
  const versions = [VERSION, process.versions.v8, sharp.versions.sharp, sharp.versions.vips];
  const name = sha256(Buffer.from(JSON.stringify([...versions, key])));
  const path = join(folder, name);
  const kept = await readKept(path);
  if (kept) return kept;
  const decoded = await decode();
  await keep(path, decoded).catch(() => {});
  return decoded;
}

/** Of how images are decoded and kept. */
const VERSION = 2;

async function readKept(path: string): Promise<ResizedImage | undefined> {
  try {
    const bytes = await readFile(path);
    const content = bytes.subarray(HASH);
    return bytes.toString('latin1', 0, HASH) === sha256(content)
      ? (deserialize(content) as ResizedImage)
      : undefined;
  } catch {
    return undefined;
  }
}

async function keep(path: string, decoded: ResizedImage): Promise<void> {
  const content = serialize(decoded);
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize - content.length < FREE) return;
  const beside = `${path}.${randomUUID()}.part`;
  await writeFile(beside, Buffer.concat([Buffer.from(sha256(content), 'latin1'), content]), { mode: 0o600 });
  await rename(beside, path);
}
