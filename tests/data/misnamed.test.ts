import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNamed } from '../../src/core/files.node.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { givenImages } from '../../src/runs/given-images.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
/** A path with a letter of Latin-1, and how it is read. */
const written = (path: string) =>
  Buffer.concat([Buffer.from(join(root, 'caf')), Buffer.from([0xe9]), Buffer.from(path)]);
const read = (path: string) => join(root, `caf\ufffd${path}`);

// Other systems take no such names.
describe.skipIf(process.platform !== 'linux')('a name that is no UTF-8 is told in bytes, with advice', () => {
  const told = String.raw`got a name whose bytes are no UTF-8, caf\xe9`;

  test('of a file', async () => {
    await writeDataset(join(root, 'data'), { count: 1 });
    await copyFile(join(root, 'data/images/image-00.png'), written('.png'));
    const path = read('.png');
    for (const attempt of [
      decodeImage,
      imageSize,
      (file: string) => givenImages([file]),
      (file: string) => readNamed(file, 'a file'),
    ]) {
      const message = await refusal(attempt(path) as Promise<unknown>);
      expect(message).toContain(`${path}: ${told}.png, expected`);
      expect(message).toContain('rename it');
    }
  });

  test('of a folder, above and below', async () => {
    await mkdir(written(''));
    await copyFile(join(root, 'data/images/image-00.png'), written('/image.png'));
    expect(await refusal(decodeImage(read('/image.png')))).toContain(told);
    expect(await refusal(givenImages([root]))).toContain(told);
    expect(await refusal(readDataFolder(root))).toContain(told);
  });

  test('a file that is not there is told as before', async () => {
    expect(await refusal(decodeImage(read('-none.png')))).toContain('got no such file, expected');
  });
});
