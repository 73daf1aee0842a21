import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runTraining } from '../support/classic.ts';
import { writeList } from '../support/dataset.ts';
import { listening } from '../support/listening.ts';
import { describeWithShared, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describeWithShared('eight real images', async () => {
  const root = await temporaryFolder();
  const data = join(root, 'data');
  beforeAll(() => eightImages(data));

  test.each([
    ['unet', 45, 1e-3],
    ['pix2pix', 50, 3e-3],
  ] as const)(
    'are learnt by heart by %s within %i steps, in evaluation mode',
    async (decoder, steps, lr) => {
      const losses: number[] = [];
      const summary = await runTraining(
        {
          data,
          encoder: shared.encoder,
          decoder,
          size: 128,
          batch: 8,
          lr,
          optimizer: 'adam',
          loss: 'bce+dice',
          augment: false,
          validation: false,
          epochs: steps,
        },
        { out: join(root, decoder), ...listening({ step: ({ loss }) => losses.push(loss) }) },
      );
      const curve = losses.filter((_, i) => i % 10 === 9).map((loss) => loss.toFixed(3));
      expect(summary.test!.network.dice.mean, `losses ${curve}`).toBeGreaterThan(0.97);
      expect(summary).toMatchObject({ steps, images: 8, tested: 'last' });
    },
    600_000,
  );
});

/** A data folder whose training images are its test images. */
async function eightImages(folder: string): Promise<void> {
  const stems = (await readFile(join(shared.kvasir, 'train.txt'), 'utf8')).trim().split(/\s+/).slice(0, 8);
  for (const part of ['images', 'masks']) {
    await mkdir(join(folder, part), { recursive: true });
    for (const stem of stems) {
      await symlink(join(shared.kvasir, part, `${stem}.jpg`), join(folder, part, `${stem}.jpg`));
    }
  }
  for (const list of ['train.txt', 'test.txt']) await writeList(folder, list, stems);
}
