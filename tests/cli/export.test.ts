import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaint, fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 1);
await untrainedRun(join(root, 'run'), 'pretrain', settings);

test('a run becomes a file, and the file is described', async () => {
  const { code, stdout, stderr } = await fewmask(['export', 'run', 'model.onnx', '--json'], root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    file: 'model.onnx',
    bytes: (await readFile(join(root, 'model.onnx'))).length,
    metadata: { kind: 'reconstruction', output_name: 'reconstruction', input_height: '32' },
  });
  expect(await complaint(['export', 'run', 'model.onnx'], root)).toMatch(
    /got a file in the way.*--overwrite/,
  );
  const again = await fewmask(['export', 'run', 'model.onnx', '--overwrite'], root);
  expect(again.stdout).toMatch(/^model\.onnx, \d+\.\d MB\n {2}fewmask_version: \d/);
});
