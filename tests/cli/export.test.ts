import { execFile } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { complaint, fewmask } from '../support/cli.ts';
import { writeDataset } from '../support/dataset.ts';
import { readNpy } from '../support/read-npy.ts';
import { readWeights } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const repository = fileURLToPath(new URL('../../', import.meta.url));
const { settings } = await tinySettings(root, 1);

test('a run becomes a file, and the file is described', async () => {
  await untrainedRun(at('run'), 'pretrain', settings);
  const { code, stdout, stderr } = await fewmask(['export', 'run', 'model.onnx', '--json'], root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    file: 'model.onnx',
    bytes: (await readFile(at('model.onnx'))).length,
    metadata: { kind: 'reconstruction', output_name: 'reconstruction', input_height: '32' },
  });
  expect(await complaint(['export', 'run', 'model.onnx'], root)).toMatch(
    /got a file in the way.*--overwrite/,
  );
  const again = await fewmask(['export', 'run', 'model.onnx', '--overwrite'], root);
  expect(again.stdout).toMatch(/^model\.onnx, \d+\.\d MB\n {2}fewmask_version: \d/);
});

test('the program in docs/export.md marks what `predict` marks', async () => {
  await untrainedRun(at('seg'), 'train', { ...settings, size: 128 });
  await writeDataset(at('photos'), { count: 1, sizes: [[170, 140]] });
  await sharp(at('photos/images/image-00.png')).jpeg().toFile(at('photo.jpg'));
  await markHalf(at('seg'), at('photo.jpg'));
  const exported = await fewmask(
    ['export', 'seg', 'model.onnx', '--raw-input', '--overwrite', '--json'],
    root,
  );
  const predicted = await fewmask(['predict', 'seg', 'photo.jpg', '--out', 'predicted'], root);
  expect([exported.code, predicted.code]).toEqual([0, 0]);

  const guide = await readFile(join(repository, 'docs/export.md'), 'utf8');
  const [, program] = /```js\n(import \* as ort.*?)```/s.exec(guide)!;
  await writeFile(at('program.mjs'), program);
  await symlink(join(repository, 'node_modules'), at('node_modules'), 'junction');
  await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: root });

  const [mine, theirs] = await Promise.all(
    ['predicted/photo.png', 'mask.png'].map((file) => sharp(at(file)).extractChannel(0).raw().toBuffer()),
  );
  expect(theirs).toHaveLength(170 * 140);
  // Both values occur, and no more than rounding at the threshold differs.
  expect(new Set(theirs)).toEqual(new Set([0, 255]));
  expect(theirs.filter((value, i) => value !== mine[i]).length).toBeLessThan(4);

  const { metadata } = JSON.parse(exported.stdout) as { metadata: Record<string, string> };
  for (const key of Object.keys(metadata)) expect(guide).toContain(key.replace(/^input_/, ''));
});

/** Moves the output layer's bias of an untrained run so that it marks half of a photo. */
async function markHalf(run: string, photo: string): Promise<void> {
  const { predictions } = await predict({ run, images: [photo] }, { out: at('npy'), format: 'npy' });
  const { data } = readNpy(await readFile(predictions[0].file!));
  const median = data.sort()[data.length / 2];
  const { tensors, metadata } = await readWeights(run, 'last');
  tensors.get('segmentation_head.0.bias')!.data[0] -= Math.log(median / (1 - median));
  await writeFile(join(run, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata }));
}
