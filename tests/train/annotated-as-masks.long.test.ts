import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { checkData, convertData } from '../../src/library/data.node.ts';
import { train } from '../../src/library/training.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 10);
const coco = at('coco');
const told: string[] = [];
const onEvent = (event: { type: string; text?: string }) => {
  if (event.type === 'notice') told.push(event.text!);
};
/** Ten masks, of which a step sees two. */
const options = { ...settings, validation: false, maxSteps: 1 } as const;

beforeAll(async () => {
  await convertData({ input: settings.data, out: coco, to: 'coco' });
  await train({ ...options, data: coco }, { out: at('run'), onEvent });
});

test('trains on objects as on the masks that they are', async () => {
  expect(told).toContain('masks: objects of COCO, 0 = background, 1 = object');
  await convertData({ input: coco, out: at('files'), to: 'folder' });
  await train({ ...options, data: at('files') }, { out: at('same') });
  const rows = async (run: string) => (await readFile(at(run, 'test.csv'), 'utf8')).split('\n');
  expect(await rows('run')).toEqual(await rows('same'));
  const [own, files] = await Promise.all([readSplits(at('run')), readSplits(at('same'))]);
  expect(own).toEqual(files);
});

test('a changed annotation is no resumed run', async () => {
  const file = join(coco, 'annotations', 'instances.json');
  const text = await readFile(file, 'utf8');
  const more = { ...options, data: coco, epochs: 3, maxSteps: undefined };
  await train(more, { out: at('stopped'), signal: AbortSignal.abort() });
  const content = JSON.parse(text) as { annotations: { segmentation: unknown }[] };
  for (const each of content.annotations) each.segmentation = [[3, 3, 9, 3, 9, 9]];
  await writeFile(file, JSON.stringify(content));
  expect(await refusal(train(more, { out: at('stopped'), resume: true }))).toContain(
    'as it was when the run was started',
  );
  await writeFile(file, text);
});

test('a check tells what is there', async () => {
  const check = await checkData({ folder: coco });
  expect(check.images).toMatchObject({ total: 10, with_mask: 10 });
  expect(check.masks.meaning).toBe('objects of COCO, 0 = background, 1 = object');
  expect(check.problems).toEqual([]);
});
