import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryHere } from '../../src/core/memory.node.ts';
import type { RunEvent } from '../../src/events/run-event.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { expectStepMemory } from '../../src/train/step-memory.node.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 8);
test('a size beyond any machine is refused before an image is read, with both amounts of memory', async () => {
  const wanted = { ...settings, data: join(root, 'nowhere'), size: 320_000 };
  for (const run of [runTraining, runPretraining]) {
    const message = await refusal(run(wanted, { out: join(root, 'run') }));
    expect(message).toMatch(
      /^size 320000x320000, 1 in a step: got [\d.]+ GB of memory that it takes at least, expected at most the [\d.]+ GB/,
    );
  }
});

test('so is a step of too many images, before they are decoded', async () => {
  const step = { height: 256, width: 256, trained: true };
  expectStepMemory({ ...step, images: 16 });
  expect(await refusal(() => expectStepMemory({ ...step, images: 10_000_000 }))).toMatch(
    /^size 256x256, 10000000 in a step: got /,
  );
  // Of one image there would be room.
  const side = 32 * Math.floor(Math.sqrt((0.9 * memoryHere()) / 240) / 32);
  const given = { ...settings, size: side, validation: false };
  for (const run of [runTraining, runPretraining]) {
    const told: RunEvent[] = [];
    const message = await refusal(run(given, { out: join(root, 'run'), onEvent: (e) => told.push(e) }));
    expect(message).toMatch(/, [2-9] in a step: got /);
    expect(told.map(({ type }) => type)).not.toContain('data');
  }
});

test('where the usual decoder needs more than there is, that is told', () => {
  const pixels = memoryHere() / 1000;
  const told: string[] = [];
  const onEvent = (event: RunEvent) => void ('text' in event && told.push(event.text));
  const step = { height: 256, width: 256, trained: true };
  expectStepMemory({ ...step, images: Math.ceil(pixels / 256 ** 2) }, { onEvent });
  expectStepMemory({ ...step, images: Math.ceil(pixels / 256 ** 2 / 4) }, { onEvent });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/with the usual decoder it takes some [\d.]+ GB of memory, and [\d.]+ GB are here/);
});
