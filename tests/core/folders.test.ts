import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isUsable } from '../../src/core/cache-folder.node.ts';
import { copyWhole, writeTogether, writeWhole, writing } from '../../src/core/files.node.ts';
import { makeFolder } from '../../src/core/folders.node.ts';
import { GrowingFile } from '../../src/core/growing-file.node.ts';
import { owning } from '../../src/core/lock/lock.node.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

test('folders are made level by level, and the outermost new one is told', () => {
  expect(makeFolder(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
  expect(makeFolder(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
  expect(makeFolder(join(root, 'a', 'b', 'd'))).toBeUndefined();
});

test('a file in the way is an error', async () => {
  await writeFile(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(root, 'file', 'below'))).toThrow(/ENOTDIR/);
});

// Node's own way to make folders on the way never ends there.
test.runIf(existsSync('/proc/self'))('a place where no folder can be made is refused at once', async () => {
  const nowhere = '/proc/fewmask/out';
  expect(await isUsable(nowhere)).toBe(false);
  for (const work of [
    () => owning(nowhere, async () => {}),
    () => RunFolder.create(nowhere, false),
    () => writeWhole(join(nowhere, 'file'), ''),
    () => copyWhole(join(root, 'file'), join(nowhere, 'file')),
    () => GrowingFile.open(join(nowhere, 'file')),
  ])
    expect(await refusal(work())).toMatch(/got an error on writing \(ENOENT\), expected a place to write to/);
});

test.runIf(existsSync('/dev/null'))('a device or a folder is not replaced by a file', async () => {
  // Not /dev/null itself, which a fault would take away: a link to it is replaced as well.
  const device = join(root, 'device');
  await symlink('/dev/null', device);
  expect(await refusal(writeWhole(device, 'x'))).toMatch(
    /got a device in the way, expected a place for a file/,
  );
  expect(await refusal(GrowingFile.open(device))).toContain('a device in the way');
  expect((await lstat(device)).isSymbolicLink()).toBe(true);
  expect(await refusal(writeWhole(root, 'x'))).toContain('a folder in the way');
});

test('of files that belong together those that were moved are put back if another cannot be', async () => {
  const place = join(root, 'together');
  makeFolder(place);
  const at = (name: string) => join(place, name);
  await writeFile(at('old'), 'before');
  const files = ['old', 'new', 'folder', 'folder/file'].map((name) => ({ path: at(name), content: 'after' }));
  await refusal(writeTogether(files));
  expect(await readFile(at('old'), 'utf8')).toBe('before');
  expect((await readdir(place, { recursive: true })).sort()).toEqual(['folder', 'old']);
  await writeTogether(files.slice(0, 2));
  expect((await readdir(place)).sort()).toEqual(['folder', 'new', 'old']);
  expect(await readFile(at('old'), 'utf8')).toBe('after');
});

test.each([
  ['EROFS', 'got a read-only disk (EROFS), expected a place to write to; choose a place on another'],
  ['ENOSPC', 'got no room on the disk (ENOSPC)'],
  ['EACCES', 'got no right to write (EACCES)'],
  ['EIO', 'got an error on writing (EIO), expected a place to write to; check the path'],
])('what the system says of a place is told in words: %s', async (code, told) => {
  const failing = writing('/some/place', async () => {
    throw Object.assign(new Error('it says no'), { code });
  });
  expect(await refusal(failing)).toContain(`/some/place: ${told}`);
});

test('a file is copied whole; where it cannot be read, it is named, and not its target', async () => {
  const [from, to] = [join(root, 'from'), join(root, 'copies', 'to')];
  const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i % 251));
  await writeFile(from, content);
  await copyWhole(from, to);
  expect((await readFile(to)).equals(content)).toBe(true);
  expect(await refusal(copyWhole(join(root, 'gone'), to))).toMatch(
    /\/gone: got no such file, expected a file/,
  );
  await mkdir(join(root, 'folder'));
  expect(await refusal(copyWhole(join(root, 'folder'), to))).toMatch(/\/folder: got an error \(EISDIR\)/);
  expect(await readdir(join(root, 'copies'))).toEqual(['to']);
});
