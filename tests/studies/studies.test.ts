import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runAgain } from '../../scripts/studies/again.ts';
import { contradictionsInAudit, readAudits } from '../../scripts/studies/audits.ts';
import { checkStudies } from '../../scripts/studies/check.ts';
import { type Studies, totalOf } from '../../scripts/studies/figures.ts';
import { keepStudy } from '../../scripts/studies/keep.ts';
import type { Quoted } from '../../scripts/studies/quotes.ts';
import { fabricateStudy } from '../report/fabricate.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const kept = join(root, 'docs', 'studies', 'made-up');
const answer = join(root, 'docs', 'answer.md');
const ANSWER = [
  'From scratch: 0.000<!--f:scratch-->, with pretraining',
  '+0.000<!--f:gain--> (0<!--f:seeds--> seeds),',
  'in 0.00<!--f:hours--> hours, 0<!--f:trainings--> trainings.',
].join('\n');
const QUOTED: Quoted<Studies> = {
  scratch: ({ madeUp }) => madeUp.at(88).mean('scratch'),
  gain: ({ madeUp }) => madeUp.at(88).gain('identity').difference,
  seeds: ({ madeUp }) => madeUp.at(88).gain('identity').seeds,
  hours: ({ madeUp }) => madeUp.hours,
  trainings: (studies) => totalOf(studies).fineTunings,
};

let said: string[] = [];
vi.spyOn(console, 'log').mockImplementation((text: string) => said.push(text));
const check = async (write = false, quoted = QUOTED) => {
  said = [];
  const well = await checkStudies({ root, write, quoted });
  return { well, said: said.join('\n') };
};

beforeAll(async () => {
  const out = join(root, 'out');
  const arms = { scratch: { level: 0.6 }, identity: { level: 0.65, pretraining: 'identity' } };
  await fabricateStudy(out, { arms, seeds: 3, images: 6, epochs: 10 });
  await keepStudy(out, 'made-up', root);
  await writeFile(answer, ANSWER);
  await check(true);
});

const edited: [string, string][] = [];
async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8');
  edited.push([path, text]);
  expect(change(text)).not.toBe(text);
  await writeFile(path, change(text));
}
afterEach(async () => {
  for (const [path, text] of edited.splice(0)) await writeFile(path, text);
});

test('a study is kept as tables, findings and a report, without runs and without where it was', async () => {
  for (const file of ['study.csv', 'runs.csv', 'epochs.csv', 'times.csv', 'analysis.json', 'report.html']) {
    expect(existsSync(join(kept, file)), file).toBe(true);
  }
  expect(existsSync(join(kept, 'scratch'))).toBe(false);
  expect(await readFile(join(kept, 'environment.json'), 'utf8')).not.toContain('command');
});

test('numbers that were written from the tables are found to be theirs', async () => {
  const { well, said } = await check();
  expect(said).toBe('made-up: as its tables say\ndocs/answer.md: 5 quotations are as the tables say');
  expect(well).toBe(true);
  expect(await readFile(answer, 'utf8')).toMatch(/0\.[1-9]\d\d<!.*\n\+0\.0\d\d<!.*\(3<!.*\nin 0\.07<!.* 6<!/);
});

test('a number changed in a document is found', async () => {
  await edit(answer, (text) => text.replace('(3<', '(4<'));
  const { well, said } = await check();
  expect(well).toBe(false);
  expect(said).toContain('line 2: 4 should be 3');
});

test('a figure that no document quotes is found', async () => {
  const { well, said } = await check(false, { ...QUOTED, forgotten: () => 1 });
  expect(well).toBe(false);
  expect(said).toContain('forgotten is quoted nowhere');
});

test('a score changed in a table is found in what was made from it', async () => {
  await edit(join(kept, 'study.csv'), (text) =>
    text.replace(/^(scratch,0,88,0,image-\d+,[\d.]+,)[\d.]+/m, '$10.01'),
  );
  const { well, said } = await check();
  expect(well).toBe(false);
  for (const told of ['analysis.json is not', 'comparisons.csv is not']) expect(said).toContain(told);
});

test('a Dice changed in a table is refused, as that of the run is another', async () => {
  await edit(join(kept, 'study.csv'), (text) =>
    text.replace(/^(scratch,0,88,0,image-\d+,)[\d.]+/m, '$10.01'),
  );
  await expect(check()).rejects.toThrow(/runs\.csv: arm scratch, labels 88, draw 0, seed 0: got dice/);
});

test.each([
  'best_epoch',
  'best_val_dice',
  'lowest_val_loss',
  'epochs',
])('runs.csv may not say another %s than the epochs do', async (column) => {
  await edit(join(kept, 'runs.csv'), (text) => {
    const [head, first, ...rows] = text.split('\n');
    const cells = first.split(',');
    const at = head.split(',').indexOf(column);
    return [head, cells.with(at, String(Number(cells[at]) + 1)).join(), ...rows].join('\n');
  });
  const { well, said } = await check();
  expect(well).toBe(false);
  expect(said).toContain(`${column} is`);
});

test('an audit whose figures do not fit each other is found', async () => {
  const audits = await readAudits('docs/studies/kvasir-88');
  const audit = audits.get('identity')!;
  expect(contradictionsInAudit('identity', audit)).toEqual([]);
  const [first, ...others] = audit.paths;
  const paths = [{ ...first, shapley: first.shapley! + 0.01 }, ...others];
  expect(contradictionsInAudit('identity', { ...audit, paths })).toHaveLength(2);
  const verdict = { ...audit.verdict, label: 'mixed' as const };
  expect(contradictionsInAudit('identity', { ...audit, verdict })).toEqual([
    'audit of identity: the label is mixed, by its other figures copies through skips',
  ]);
});

test('what is not kept cannot be done again', async () => {
  const again = (name: string, arm: string, seed: string) => runAgain({ name, arm, seed, flags: [], root });
  await expect(again('lost', 'scratch', '0')).rejects.toThrow('study: got lost, expected one of made-up');
  await expect(again('made-up', 'denoise', '0')).rejects.toThrow('made-up: arm and seed: got denoise, 0');
  await expect(again('made-up', 'scratch', '3')).rejects.toThrow('got scratch, 3');
});

test('a document without the section that quotes is refused', async () => {
  await mkdir(join(root, 'docs'), { recursive: true });
  await writeFile(join(root, 'README.md'), '# Something\n');
  await expect(check()).rejects.toThrow('What it found');
});
