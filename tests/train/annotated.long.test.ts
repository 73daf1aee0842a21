import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { convertData } from '../../src/library/data.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { train } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 10);
const options = { ...settings, validation: false, maxSteps: 1 } as const;

test('scores a run on annotations of another folder', async () => {
  await train(options, { out: at('run') });
  await writeDataset(at('other'), { count: 2, seed: 5, prefix: 'new' });
  await convertData({ input: at('other'), out: at('other-labelme'), to: 'labelme' });
  const scores = async (data: string) => (await evaluate({ run: at('run'), data, split: 'all' })).rows;
  expect(await scores(at('other-labelme'))).toEqual(await scores(at('other')));
});

describe.skipIf(!existsSync(shared.formats))('real files of annotation tools train as they are', () => {
  test.each([
    ['coco/tinycoco', {}, 81],
    ['labelme', {}, 25],
    ['yolo_seg', {}, 81],
    ['voc', {}, 21],
    ['cvat/polygons', { maskValues: 'nonzero' }, 2],
  ] as const)('%s', async (name, own, classes) => {
    const out = at(name);
    const summary = await train({ ...options, ...own, data: join(shared.formats, name) }, { out });
    expect(summary).toMatchObject({ steps: 1 });
    expect(parse(await readFile(join(out, 'config.yaml'), 'utf8')).classes).toHaveLength(classes);
  });
});
