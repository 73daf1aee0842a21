import { join } from 'node:path';
import { expect, test } from 'vitest';
import { suspects } from '../../src/index.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 12);
const run = join(root, 'run');
await untrainedRun(run, 'train', settings);

test('too many wrong masks are refused before anything is trained', async () => {
  const events: unknown[] = [];
  const onEvent = (event: unknown) => events.push(event);
  expect(await refusal(() => suspects({ run, plant: 50 }, { onEvent }))).toMatch(
    /^--plant: got 50 wrong masks of \d+, expected at most half/,
  );
  expect(events).toEqual([]);
});
