import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runFineTuning } from '../../src/train/train.node.ts';
import { writeList } from '../support/dataset.ts';
import { describeWithShared, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describeWithShared('eight real images', async () => {
  const root = await temporaryFolder();

  test('are learnt by heart within 45 steps, in evaluation mode', async () => {
    const data = await eightImages(join(root, 'data'));
    const losses: number[] = [];
    const summary = await runFineTuning(
      {
        data,
        encoder: shared.encoder,
        size: 128,
        batch: 8,
        lr: 1e-3,
        optimizer: 'adam',
        loss: 'bce+dice',
        augment: false,
        validation: false,
        epochs: 45,
      },
      { out: join(root, 'run') },
      { onStep: ({ loss }) => losses.push(loss) },
    );
    const curve = losses.filter((_, i) => i % 10 === 9).map((loss) => loss.toFixed(3));
    expect(summary.test!.network.dice.mean, `losses ${curve}`).toBeGreaterThan(0.97);
    expect(summary).toMatchObject({ steps: 45, images: 8, tested: 'last' });
  }, 600_000);
});

/** A data folder whose training images are its test images. */
async function eightImages(folder: string): Promise<string> {
  const stems = (await readFile(join(shared.kvasir, 'train.txt'), 'utf8')).trim().split(/\s+/).slice(0, 8);
  for (const part of ['images', 'masks']) {
    await mkdir(join(folder, part), { recursive: true });
    for (const stem of stems) {
      await symlink(join(shared.kvasir, part, `${stem}.jpg`), join(folder, part, `${stem}.jpg`));
    }
  }
  for (const list of ['train.txt', 'test.txt']) await writeList(folder, list, stems);
  return folder;
}
