import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { fewmask, fewmaskKilled } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();

test('a study that is killed at any moment and resumed leaves the same tables and weights', {
  timeout: 400_000,
}, async () => {
  const { settings } = await tinySettings(root);
  const { data, encoder, decoderChannels } = settings;
  const flags = {
    ...{ data, encoder, 'decoder-channels': decoderChannels.join(), size: 32, batch: 2, threads: 1 },
    ...{ labels: '3,5', arms: 'scratch,identity', seeds: 1, epochs: 2, 'pretrain-epochs': 2, audits: 0 },
  };
  const args = ['study', ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, `${value}`])];
  const [whole, killed] = [join(root, 'whole'), join(root, 'killed')];
  expect(await fewmask([...args, '--no-pictures', '--out', whole])).toMatchObject({ code: 0 });

  // Wherever a kill falls, nothing may be lost by it: between the first file and the last.
  const stream = new RandomStream(0, 'kills');
  for (let kill = 0; kill < 2; kill++) {
    const files = stream.integer(40);
    const before = existsSync(killed) ? (await filesIn(killed)).length : 0;
    await fewmaskKilled(
      [...args, '--no-pictures', '--out', killed, '--resume'],
      root,
      async () => existsSync(killed) && (await filesIn(killed)).length > before + files,
    );
  }
  expect(await fewmask([...args, '--no-pictures', '--out', killed, '--resume'])).toMatchObject({ code: 0 });

  const compared = /(study|runs|epochs|test)\.csv$|\.safetensors$|splits\.json$/;
  const expected = (await filesIn(whole)).filter((file) => compared.test(file));
  expect(expected.filter((file) => file.endsWith('last.safetensors'))).toHaveLength(5);
  expect((await filesIn(killed)).filter((file) => compared.test(file))).toEqual(expected);
  for (const file of expected) {
    expect(await readFile(join(killed, file)), file).toEqual(await readFile(join(whole, file)));
  }
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
