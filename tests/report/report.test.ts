import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { writeReport } from '../../src/report/index.node.ts';
import { fabricateRun, fabricateStudy, fakeStems, testRows } from './fabricate.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewmask-report-'));
});
afterAll(() => rm(root, { recursive: true }));

const read = async (folder: string, images = true) => readFile(await writeReport(folder, { images }), 'utf8');
const hostile = '<b>&"\'</td><script>alert(1)</script>';

/** What every report has to be: well-formed, self-contained, without scripts. */
function expectSound(text: string): void {
  expectBalanced(text);
  const { document } = parseHTML(text);
  expect(document.querySelectorAll('script, link, iframe, object, b').length).toBe(0);
  const bare = text.replace(/data:image[^"]*/g, '');
  expect(bare.match(/https?:|url\(|undefined|NaN|\[object/)).toBeNull();
  for (const element of document.querySelectorAll('[src], [href]')) {
    const target = element.getAttribute('src') ?? element.getAttribute('href')!;
    expect(target).toMatch(/^(data:image\/(png|jpeg);base64,|#)/);
    if (target.startsWith('#')) expect(document.getElementById(target.slice(1))).not.toBeNull();
  }
  for (const image of document.querySelectorAll('img')) expect(image.getAttribute('alt')).toBeTruthy();
  for (const svg of document.querySelectorAll('.chart > svg'))
    expect(svg.getAttribute('aria-label')).toBeTruthy();
}

/** Walks the tags with a stack: every element is closed, in order. */
function expectBalanced(text: string): void {
  const open: string[] = [];
  const empty = new Set(['meta', 'img', 'br']);
  for (const [, end, name, self] of text.matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else if (!self && !empty.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
}

const titles = (text: string) =>
  [...parseHTML(text).document.querySelectorAll('h2')].map((heading) => heading.textContent);

/** The first table of a page. */
const testCells = (text: string): string[][] =>
  [...parseHTML(text).document.querySelector('table')!.querySelectorAll('tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent),
  );

describe('a study', () => {
  const levels = { scratch: 0.7, identity: 0.704, denoise: 0.73 };
  let text: string;
  beforeAll(async () => {
    await fabricateStudy(join(root, 'study'), levels, 3);
    text = await read(join(root, 'study'));
  });

  test('is one sound page with its parts in order', () => {
    expectSound(text);
    expect(titles(text)).toEqual([
      'Test results',
      'Reconstructions',
      'Pretraining curves',
      'Segmentation training curves',
      'Predictions',
      'Splits, settings and versions',
    ]);
    const { document } = parseHTML(text);
    expect(document.querySelectorAll('.chart').length).toBe(9);
    expect(document.querySelectorAll('img').length).toBe(2 * 3 * 3 + 3 * 6);
    expect(document.querySelectorAll('.missing').length).toBe(0);
  });

  test('states the differences that the numbers give', () => {
    const average = (arm: keyof typeof levels, seed: number, column: string) => {
      const scores = testRows({ kind: 'train', arm, seed, level: levels[arm] }).map((row) =>
        Number(row[column]),
      );
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    };
    const verdict = parseHTML(text).document.querySelector('.verdict')!.textContent;
    for (const column of ['net_dice', 'dice']) {
      const differences = [0, 1, 2].map(
        (seed) => average('denoise', seed, column) - average('scratch', seed, column),
      );
      const mean = differences.reduce((sum, value) => sum + value, 0) / 3;
      expect(differences.every((value) => value > 0)).toBe(true);
      expect(verdict).toContain(`+${mean.toFixed(3)}`);
      expect(verdict).toContain(
        `+${Math.min(...differences).toFixed(3)} to +${Math.max(...differences).toFixed(3)}`,
      );
    }
    expect(verdict).toContain('higher in 3 of 3');
    expect(verdict).toContain('no significance can be claimed');
    expect(verdict).toContain('2/2³ = 0.25');
  });

  test('has a column for each metric, of the mean over seeds', () => {
    const [head, ...rows] = testCells(text);
    expect(head.slice(3)).toEqual([
      ...[
        'Dice mean',
        'Dice median',
        'Dice 5th pct',
        'Dice < .5',
        'IoU mean',
        'Precision mean',
        'Recall mean',
      ],
      ...['NSD mean', 'HD95 (px) mean', 'Brier mean', 'ECE mean'],
    ]);
    const column = head.indexOf('HD95 (px) mean');
    expect(rows.filter(([size]) => size === 'network').map((row) => row[column])).toEqual(['–', '–', '–']);
    for (const row of rows.filter(([size]) => size === 'native')) {
      expect(row[column]).toMatch(/^\d+\.\d ± \d+\.\d$/);
    }
  });

  test('leaves pictures out on request', async () => {
    const without = await read(join(root, 'study'), false);
    expectSound(without);
    expect(without).not.toContain('<img');
    expect(without).not.toContain('data:image');
    expect(without).toContain('Pictures were left out');
  });

  test('is reported half-finished', async () => {
    const folder = join(root, 'half');
    await fabricateStudy(folder, { scratch: 0.7, identity: 0.72 }, 2);
    await rm(join(folder, 'study.csv'));
    await rm(join(folder, 'identity', 'seed-1'), { recursive: true });
    await rm(join(folder, 'identity', 'seed-0', 'pretrain', 'images', '0-output.png'));
    await writeFile(join(folder, 'scratch', 'seed-1', 'train', 'images', 'index.json'), '{"rows":[{"stem":');
    const half = await read(folder);
    expectSound(half);
    expect(half).toContain('3 of 4 runs have test results so far.');
    expect(half).toContain('picture missing');
    expect(half).toContain('With one seed of 2 planned');
  });

  test('says so when nothing has run yet', async () => {
    const folder = join(root, 'empty-study');
    await mkdir(folder);
    await writeFile(join(folder, 'config.yaml'), 'arms: [scratch, identity]\nseeds: 3\n');
    const empty = await read(folder);
    expectSound(empty);
    expect(empty).toContain('there is nothing to compare');
  });
});

describe('a run', () => {
  test('of training shows tests, curves and predictions', async () => {
    await fabricateRun(join(root, 'train'), { kind: 'train', arm: 'scratch', seed: 1 });
    const text = await read(join(root, 'train'));
    expectSound(text);
    expect(titles(text)).toEqual([
      'Test results',
      'Training curves',
      'Predictions',
      'Splits, settings and versions',
    ]);
    expect(text).toContain('The run is complete: 40 epochs in 5 min 12 s.');
    expect(text).toContain('fewmask train --data data/discs --seed 1');
  });

  test('tells of each metric at the sizes at which it is taken, and its bad tail', async () => {
    const folder = join(root, 'metrics');
    await fabricateRun(folder, { kind: 'train', arm: 'scratch', seed: 1 });
    const [head, ...rows] = testCells(await read(folder));
    expect(head).toEqual([
      'Size',
      'Metric',
      'Mean',
      'Median',
      '5th percentile',
      '95th percentile',
      'Share below .5',
    ]);
    expect(rows.map(([size, metric]) => `${size} ${metric}`)).toEqual([
      ...['Dice', 'IoU', 'Precision', 'Recall'].map((metric) => `network ${metric}`),
      ...['Dice', 'IoU', 'Precision', 'Recall', 'NSD', 'HD95 (px)', 'Brier', 'ECE'].map(
        (metric) => `native ${metric}`,
      ),
    ]);
    const scores = testRows({ kind: 'train', arm: 'scratch', seed: 1 });
    const mean = scores.reduce((sum, { hd95 }) => sum + Number(hd95), 0) / scores.length;
    const hd95 = rows.find(([, metric]) => metric === 'HD95 (px)')!;
    expect(hd95[2]).toBe(mean.toFixed(1));
    expect([hd95[4], hd95[6]]).toEqual(['–', '–']);
    expect(Number(hd95[5])).toBeGreaterThan(mean);
  });

  test('by an older version has the metrics that it had', async () => {
    const folder = join(root, 'older');
    await fabricateRun(folder, { kind: 'train', arm: 'scratch', seed: 1 });
    const rows = testRows({ kind: 'train', arm: 'scratch', seed: 1 }).map(({ stem, dice, net_dice }) => [
      stem,
      dice,
      net_dice,
    ]);
    await writeFile(join(folder, 'test.csv'), [['stem', 'dice', 'net_dice'], ...rows].join('\n'));
    const text = await read(folder, false);
    expectSound(text);
    const [head, ...cells] = testCells(text);
    expect(head).not.toContain('95th percentile');
    expect(cells.map(([size, metric]) => `${size} ${metric}`)).toEqual(['network Dice', 'native Dice']);
    expect(text).not.toMatch(/NSD|HD95|Brier/);
  });

  test('of pretraining shows reconstructions and curves', async () => {
    await fabricateRun(join(root, 'pretrain'), { kind: 'pretrain', arm: 'denoise', seed: 1 });
    const text = await read(join(root, 'pretrain'));
    expectSound(text);
    expect(titles(text)).toEqual(['Reconstructions', 'Training curves', 'Splits, settings and versions']);
    expect(text).toContain('PSNR 31.2 dB');
  });

  test('that was stopped is reported as far as it went, a torn last line included', async () => {
    const folder = join(root, 'stopped');
    await fabricateRun(folder, { kind: 'train', arm: 'scratch', seed: 1, stopAfter: 12 });
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":61,"train_loss":null}\n{"step":62,"train_l');
    const text = await read(folder);
    expectSound(text);
    expect(text).toContain('The run is not complete: 12 of 40 epochs so far');
    expect(text).toContain('There are no test results');
    expect(text).toContain('1 of the lines of metrics.jsonl could not be read.');
    expect(text).toContain('The training loss was not finite in 1 of the rows');
  });

  test('of a single epoch with constant numbers still has its charts', async () => {
    const folder = join(root, 'single');
    await mkdir(folder);
    const rows = [
      { step: 1, train_loss: 0, lr: 0.001, gradient_norm: 0 },
      { step: 2, train_loss: 0, lr: 0.001, gradient_norm: 0 },
      { epoch: 1, train_loss: 0, val_loss: 0, val_dice: 1, val_iou: 1 },
    ];
    await writeFile(join(folder, 'metrics.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const text = await read(folder);
    expectSound(text);
    expect(parseHTML(text).document.querySelectorAll('.chart').length).toBe(5);
  });

  test('with no more than a broken config is still a report', async () => {
    const folder = join(root, 'broken');
    await mkdir(folder);
    await writeFile(join(folder, 'config.yaml'), 'kind: [train');
    const text = await read(folder);
    expectSound(text);
    expect(text).toContain('config.yaml could not be read.');
  });

  test('may have names that look like markup', async () => {
    const stems = fakeStems.map((stem, i) => `${stem}${hostile}${i}`);
    for (const kind of ['train', 'pretrain'] as const) {
      const folder = join(root, `hostile ${kind} <i>&"`);
      await fabricateRun(folder, { kind, arm: hostile, seed: 0, stems });
      await writeFile(join(folder, 'environment.json'), JSON.stringify({ command: hostile, cpu: hostile }));
      const text = await read(folder);
      expectSound(text);
      expect(parseHTML(text).document.body.textContent).toContain(stems[0]);
      expect(parseHTML(text).document.querySelector('h1')!.textContent).toContain('<i>&"');
    }
  });

  test('cannot bring in pictures from outside its folder', async () => {
    const folder = join(root, 'outside');
    await fabricateRun(folder, { kind: 'pretrain', arm: 'identity', seed: 0 });
    const row = {
      stem: 'x',
      input: '../../train/images/best-0.png',
      target: '/etc/hostname',
      output: '0-output.png',
    };
    await writeFile(
      join(folder, 'images', 'index.json'),
      JSON.stringify({ kind: 'reconstruction', rows: [row] }),
    );
    const text = await read(folder);
    expectSound(text);
    expect(parseHTML(text).document.querySelectorAll('img').length).toBe(1);
  });
});

test('hostile arm names stay text in tables and charts', async () => {
  const folder = join(root, 'hostile-study');
  await mkdir(folder);
  const name = '"<b>&</svg>""x"';
  const rows = [0, 1].flatMap((seed) => [
    `scratch,${seed},i,.7,.6,.7,.7,.7,.6,.7,.7`,
    `"${name.replaceAll('"', '""')}",${seed},i,.8,.6,.7,.7,.8,.6,.7,.7`,
  ]);
  await writeFile(
    join(folder, 'study.csv'),
    ['arm,seed,image,dice,iou,precision,recall,net_dice,net_iou,net_precision,net_recall', ...rows].join(
      '\n',
    ),
  );
  const text = await read(folder);
  expectSound(text);
  expect(parseHTML(text).document.querySelector('.verdict')!.textContent).toContain(`+0.100 with ${name}`);
});

test('a folder that holds neither is the user’s mistake', async () => {
  const folder = join(root, 'nothing');
  await mkdir(folder);
  await expect(writeReport(folder, { images: true })).rejects.toThrow(UserError);
  await expect(writeReport(join(root, 'nowhere'), { images: true })).rejects.toThrow(UserError);
});
