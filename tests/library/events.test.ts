import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pretrain, type RunEvent, study } from '../../src/index.ts';
import { train } from '../support/classic.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const run = { ...settings, epochs: 2 };
const calls = { pretrain, train };
type Call = keyof typeof calls;

/** What a call tells, in order. */
async function told(work: (place: { readonly onEvent: (event: RunEvent) => void }) => Promise<unknown>) {
  const events: RunEvent[] = [];
  await work({ onEvent: (event) => events.push(event) });
  return events;
}

/** Types of events in order, each kind once where it comes again and again. */
const courseOf = (events: readonly RunEvent[]) =>
  events
    .map(({ type }) => type)
    .filter((type) => type !== 'notice' && type !== 'phase')
    .filter((type, i, all) => type !== all[i - 1]);

/** Two epochs; the best weights are saved before their epoch is told of. */
const COURSE = /^start data( step( saved)? epoch){2} saved done$/;

describe.each<Call>(['pretrain', 'train'])('%s', (kind) => {
  const out = join(root, kind);
  const weights = (folder: string) => readFile(join(folder, 'weights', 'last.safetensors'));

  test('tells of everything in order', async () => {
    const events = await told((place) => calls[kind](run, { out, pictures: false, ...place }));
    expect(courseOf(events).join(' ')).toMatch(COURSE);
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
    expect(steps.at(-1)).toMatchObject({ epoch: 2, epochs: 2, steps: steps.length });
    for (const { loss, lr, gradientNorm } of steps) {
      for (const value of [loss, lr, gradientNorm]) expect(value).toSatisfy(Number.isFinite);
    }
    for (const event of events) {
      if (event.type === 'saved') expect(event.file.startsWith(out)).toBe(true);
    }
    const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(events.find(({ type }) => type === 'done')).toEqual({ type: 'done', out, summary });
  });

  test('a listener that throws is a power cut: the run ends, and goes on to the same weights', async () => {
    const cut = join(root, `${kind}-cut`);
    const onEvent = (event: RunEvent) => {
      if (event.type === 'step' && event.step === 3) throw new Error('power cut');
    };
    const place = { out: cut, pictures: false };
    await expect(calls[kind](run, { ...place, onEvent })).rejects.toThrow('power cut');
    expect(existsSync(join(cut, 'summary.json'))).toBe(false);
    expect(existsSync(join(cut, 'fewmask.lock'))).toBe(false);
    await calls[kind](run, { ...place, resume: true });
    expect(await weights(cut)).toEqual(await weights(out));
  });
});

test('study: a plan, its runs, each with its own course, and what they come to', async () => {
  const out = join(root, 'study');
  const { epochs: _, ...shared } = settings;
  const options = { ...shared, arms: ['scratch', 'identity'], seeds: 1, epochs: 1, pretrainEpochs: 1 };
  const events = await told((place) => study(options, { out, pictures: false, ...place }));
  expect(courseOf(events).join(' ')).toMatch(/^plan( run arms)+ run done$/);
  const plan = events.find((event) => event.type === 'plan');
  const byRun = new Map<number, RunEvent[]>();
  for (const event of events) {
    if (event.type !== 'run') continue;
    const { number, of } = event.run;
    expect(of).toBe(plan?.runs);
    byRun.set(number, [...(byRun.get(number) ?? []), event.event]);
  }
  expect([...byRun.keys()]).toEqual([1, 2, 3]);
  for (const course of byRun.values()) {
    expect(courseOf(course).join(' ')).toMatch(/^start data step( saved)? epoch saved done$/);
  }
  expect(events.at(-1)).toMatchObject({ type: 'done', out, summary: { kind: 'study' } });
});
