import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { audit, checkData, evaluate, next, type RunContext, subgroups } from '../../src/index.ts';
import { runTraining } from '../support/classic.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const run = join(root, 'run');
const { data } = settings;
beforeAll(async () => {
  await runTraining({ ...settings, epochs: 1 }, { out: run });
});

/** Calls of whose work a part is of no use. */
const CALLS: Readonly<Record<string, (context: RunContext) => Promise<unknown>>> = {
  evaluate: (context) => evaluate({ run, split: 'all', threads: 1 }, context),
  audit: (context) => audit({ run, threads: 1 }, { out: join(root, 'audit'), ...context }),
  subgroups: (context) => subgroups({ run }, context),
  checkData: (context) => checkData({ folder: data, workers: 1 }, context),
};

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  test('is not begun where it is to end already', async () => {
    const told: unknown[] = [];
    const signal = AbortSignal.abort('enough');
    await expect(call({ signal, onEvent: (event) => told.push(event) })).rejects.toBe('enough');
    expect(told.filter((event) => (event as { type: string }).type === 'phase')).toEqual([]);
  });

  test('ends with the image under way', async () => {
    const controller = new AbortController();
    const phases: { readonly done: number; readonly total: number }[] = [];
    const onEvent: RunContext['onEvent'] = (event) => {
      if (event.type !== 'phase') return;
      phases.push(event);
      controller.abort('enough');
    };
    await expect(call({ signal: controller.signal, onEvent })).rejects.toBe('enough');
    expect(phases).toMatchObject([{ done: 1 }]);
    expect(phases[0].total).toBeGreaterThan(1);
    expect(existsSync(join(root, 'audit'))).toBe(false);
  });
});

test('an audit ends between the batches of a network, too', async () => {
  const controller = new AbortController();
  const onEvent: RunContext['onEvent'] = (event) => {
    if (event.type === 'phase' && event.done === event.total) controller.abort('enough');
  };
  await expect(CALLS.audit({ signal: controller.signal, onEvent })).rejects.toBe('enough');
  expect(existsSync(join(root, 'audit'))).toBe(false);
});

test('choosing what to label next is given up', async () => {
  const signal = AbortSignal.abort();
  expect(await next({ run, threads: 1 }, { signal })).toBeUndefined();
  expect(existsSync(join(run, 'next.csv'))).toBe(false);
});
