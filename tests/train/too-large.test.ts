import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Images, leftOut } from '../../src/train/images.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

test('images in pieces whose outputs cannot be held are no test images, though they can train', async () => {
  const root = await temporaryFolder();
  const stems = await writeDataset(root, {
    count: 2,
    sizes: [
      [40, 40],
      [40, 41],
    ],
  });
  const samples = stems.map((stem) => ({ stem, image: join(root, 'images', `${stem}.png`) }));
  const options = { size: { height: 32, width: 32 }, reading: {}, workers: 1, memoryBytes: 2 ** 20 };
  const channels = 2 ** 27 / 1600;
  const [pieces, whole] = [
    await Images.open(samples, undefined, { ...options, crop: { scale: 1, objects: 0 } }),
    await Images.open(samples, undefined, options),
  ];
  try {
    expect(pieces.part(samples).samples).toEqual(samples);
    const scored = pieces.scored(samples, channels);
    expect(scored.samples).toEqual(samples.slice(0, 1));
    expect(leftOut(pieces, scored)).toEqual([
      expect.stringMatching(/^1 image .* 40x41 pixels .*at most 1600/s),
    ]);
    expect(whole.scored(samples, channels)).toMatchObject({ samples, unusable: [] });
  } finally {
    await pieces.close();
    await whole.close();
  }
});
