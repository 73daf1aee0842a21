import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaint, fewmask } from '../support/cli.ts';
import { writeDataset } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const stems = await writeDataset(join(root, 'data'), { count: 3 });
const asked = ['preview', '--data', 'data', '--size', '32', '--pretext', 'mask', '--count', '2'];

test('preview writes a picture and says what it shows', async () => {
  const { code, stdout } = await fewmask(asked, root);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `preview.png: input, target, weight of these images, from top to bottom:\n  ${stems[0]}\n  ${stems[1]}\n`,
  );
  expect(existsSync(join(root, 'preview.png'))).toBe(true);
  expect(await complaint(asked, root)).toMatch(/preview\.png: got a file in the way/);
  const json = await fewmask([...asked, '--overwrite', '--json'], root);
  expect(JSON.parse(json.stdout)).toMatchObject({ file: 'preview.png', images: stems.slice(0, 2) });
});
