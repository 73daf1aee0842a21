import { appendFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCsv } from '../../src/core/csv.ts';
import { UserError } from '../../src/core/errors.ts';
import { explainStudy, writeReport } from '../../src/report/index.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { makePipe } from '../support/pipe.ts';
import { type FakeStudy, fabricateRun, fabricateStudy, fakeStems, testRows } from './fabricate.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewmask-report-'));
});
afterAll(() => rm(root, { recursive: true }));

const read = async (folder: string, pictures = true) =>
  readFile(await writeReport(folder, { pictures }), 'utf8');
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

const verdictOf = (text: string) =>
  [...parseHTML(text).document.querySelectorAll('.verdict p')].map((line) =>
    line.textContent.replaceAll('\u00a0', ' '),
  );

/** A network that copies: 90 % of the fall of the error come through the skips. */
const plantedAudit = {
  kind: 'autoencoder',
  encoder: 'mobilenetv2',
  decoder: 'unet',
  weights: 'best',
  images: 10,
  reference: { mse: 0.002, psnr: 27 },
  input: null,
  mean_target: { mse: 0.02, psnr: 17 },
  nothing: { mse: 0.02, psnr: 17 },
  paths: ['skip1', 'skip2', 'skip3', 'skip4', 'bottleneck'].map((name, i) => ({
    name,
    stride: 2 ** (i + 1),
    shapley: [0.4, 0.3, 0.15, 0.05, 0.1][i],
    ...{ zero: { mse: 0.01, psnr: 20 }, mean: { mse: 0.01, psnr: 20 }, shuffle: null },
  })),
  depth_alone: { zero: { mse: 0.019, psnr: 17 }, mean: { mse: 0.02, psnr: 17 } },
  swap: null,
  linear_readout: null,
  skill: null,
  out_of_domain: [],
  bands: [],
  gates: null,
  levels: [],
  blind_spot: null,
  receptive_field: { within: {}, half: 12 },
  verdict: { leak: 0.9, leak_ci95: null, label: 'copies through skips', because: [] },
};

/** Of a network whose encoder has three taps. */
const smallAudit = {
  ...plantedAudit,
  paths: ['skip1', 'skip2', 'bottleneck'].map((name, i) => ({
    name,
    stride: 4 ** (i + 1),
    shapley: [0.7, 0.11, 0.19][i],
    ...{ zero: { mse: 0.01, psnr: 20 }, mean: { mse: 0.01, psnr: 20 }, shuffle: null },
  })),
  verdict: { leak: 0.81, leak_ci95: null, label: 'mixed', because: [] },
};

/** The first table of the test results. */
const testCells = (text: string): string[][] =>
  [...parseHTML(text).document.querySelector('#test ~ figure table')!.querySelectorAll('tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent),
  );

describe('a study', () => {
  const levels = { scratch: 0.7, identity: 0.704, denoise: 0.73 };
  const study: FakeStudy = {
    arms: {
      scratch: { level: levels.scratch },
      identity: { level: levels.identity, pretraining: 'identity' },
      denoise: { level: levels.denoise, pretraining: 'denoise' },
    },
    seeds: 3,
  };
  let text: string;
  beforeAll(async () => {
    await fabricateStudy(join(root, 'study'), study);
    text = await read(join(root, 'study'));
  });

  test('is one sound page with its parts in order, the answer first', () => {
    expectSound(text);
    expect(titles(text)).toEqual([
      'The claims, arm by arm',
      'Differences to scratch',
      'Training curves',
      'Stability',
      'What the pretraining does, and what it gives',
      'Test results',
      'What was chosen, and what costs nothing',
      'Reconstructions',
      'Pretraining curves',
      'Predictions',
      'Splits, settings and versions',
    ]);
    const { document } = parseHTML(text);
    // Two losses, Dice, the level; Dice of each seed; its distribution; three of pretraining.
    expect(document.querySelectorAll('.chart').length).toBe(9);
    expect(document.querySelectorAll('img').length).toBe(2 * 3 * 3 + 3 * 6);
    // The note on few validation images.
    expect(document.querySelectorAll('.missing').length).toBe(1);
    expect([...document.querySelectorAll('.from')].map((from) => from.textContent)).toContain(
      'From comparisons.csv, study.csv, runs.csv.',
    );
  });

  test('tells by arm what validation said and what the test did, and what costs nothing', () => {
    const cells = [...parseHTML(text).document.querySelectorAll('#trust ~ figure table tbody tr')].map(
      (row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent),
    );
    expect(cells.map(([arm]) => arm)).toEqual([
      ...Object.keys(levels),
      "without a network: Otsu's threshold of brightness",
    ]);
    expect(cells[3].slice(1)).toEqual(['', '', '0.300']);
    for (const [, best, last, tested] of cells.slice(0, 3)) {
      expect(Number(best)).toBeGreaterThanOrEqual(Number(last));
      expect(Number(tested)).toBeGreaterThan(0);
    }
    expect(text).toContain('Weights were chosen on 8 images');
  });

  test('says that its comparisons are exploratory, and what three seeds can show', () => {
    const verdict = verdictOf(text);
    expect(verdict[0]).toContain('No primary contrast was named before the study');
    expect(verdict[1]).toContain(
      'cannot be claimed from 3 seeds (p cannot be below 0.500; a claim needs 7 seeds) for identity (',
    );
    expect(verdict.map((line) => line.split(':')[0])).toEqual([
      verdict[0],
      'Higher test Dice than scratch',
      'Lower validation loss than scratch',
      'Fewer epochs than scratch',
      'Steadier from epoch to epoch than scratch',
      'Steadier from seed to seed than scratch',
    ]);
  });

  test('shows the differences that the numbers give, and writes them down', async () => {
    const average = (arm: keyof typeof levels, seed: number, column: string) => {
      const scores = testRows({ kind: 'train', arm, seed, level: levels[arm] }).map((row) =>
        Number(row[column]),
      );
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    };
    const rows = parseCsv(await readFile(join(root, 'study', 'comparisons.csv'), 'utf8'));
    for (const column of ['net_dice', 'dice']) {
      const differences = [0, 1, 2].map(
        (seed) => average('denoise', seed, column) - average('scratch', seed, column),
      );
      const mean = differences.reduce((sum, value) => sum + value, 0) / 3;
      expect(differences.every((value) => value > 0)).toBe(true);
      const row = rows.find(({ arm, metric }) => arm === 'denoise' && metric === column)!;
      expect(Number(row.difference)).toBeCloseTo(mean, 10);
      expect(row).toMatchObject({ labels: '88', p: '0.25', p_holm: '0.5', seeds: '3', images: '12' });
      expect(Number(row.low)).toBeLessThan(mean);
      expect(text).toContain(`+${mean.toFixed(3)}`);
    }
    expect(new Set(rows.map(({ metric }) => metric))).toEqual(
      new Set([
        ...['dice', 'iou', 'precision', 'recall'].flatMap((metric) => [metric, `net_${metric}`]),
        ...['nsd', 'hd95', 'brier', 'ece'],
        ...['lowest_val_loss', 'best_epoch', 'epochs_to_level', 'val_loss_change'],
      ]),
    );
  });

  test('tells how to audit what was pretrained', () => {
    const commands = parseHTML(text).document.querySelector('#audits')!.parentElement!.textContent;
    expect(commands).toContain(`npx fewmask audit ${join(root, 'study', 'denoise', 'seed-0', 'pretrain')}`);
    expect(commands).not.toContain('seed-1');
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

  test('is explained in two sentences', async () => {
    const sentences = await explainStudy(join(root, 'study'));
    expect(sentences).toEqual(verdictOf(text).slice(0, 2));
  });

  test('is reported half-finished, with what is missing', async () => {
    const folder = join(root, 'half');
    const arms = { scratch: { level: 0.7 }, identity: { level: 0.72, pretraining: 'identity' } };
    const open = ({ arm, seed }: { arm: string; seed: number }) => arm === 'identity' && seed === 1;
    await fabricateStudy(folder, { arms, seeds: 2, open });
    await rm(join(folder, 'identity', 'seed-1'), { recursive: true });
    await rm(join(folder, 'identity', 'seed-0', 'pretrain', 'images', '0-output.png'));
    await writeFile(join(folder, 'scratch', 'seed-1', 'train', 'images', 'index.json'), '{"rows":[{"stem":');
    const half = await read(folder);
    expectSound(half);
    expect(verdictOf(half).at(-1)).toBe('3 of 4 fine-tunings have ended so far.');
    expect(half).toContain('no run of identity (seed 1)');
    expect(half).toContain('picture missing');
    expect(half).toContain('from 1 seed (p cannot be below 1.000; a claim needs 6 seeds)');
  });

  test('whose tables cannot be read is refused, as its runs are not read in their place', async () => {
    const folder = join(root, 'torn');
    await fabricateStudy(folder, { ...study, pictures: false });
    await writeFile(join(folder, 'epochs.csv'), 'arm,labels,draw,seed,epoch\nscratch,88,0,0,1\n');
    expect(await refusal(() => read(folder))).toMatch(
      /epochs\.csv: got no column "train_loss", .* --overwrite/,
    );
  });

  test('of several draws of masks finds each run in its folder', async () => {
    const folder = join(root, 'draws');
    const arms = { scratch: { level: 0.7 }, denoise: { level: 0.8, pretraining: 'denoise' } };
    await fabricateStudy(folder, { arms, seeds: 2, labels: '22x2,88', pictures: false, epochs: 8 });
    const text = await read(folder);
    expectSound(text);
    const runs = [...parseHTML(text).document.querySelectorAll('#details ~ details')].find(
      (part) => part.querySelector('summary')!.textContent === 'Runs',
    )!;
    const rows = [...runs.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].slice(0, 5).map((cell) => cell.textContent),
    );
    expect(rows.slice(0, 3)).toEqual([
      ['denoise', '–', '–', '0', 'pretrain'],
      ['denoise', '–', '–', '1', 'pretrain'],
      ['scratch', '22', '0', '0', 'train'],
    ]);
    expect(rows.slice(2).map((row) => row.slice(0, 4).join(' '))).toEqual(
      ['scratch', 'denoise'].flatMap((arm) =>
        ['22 0', '22 1', '88 0'].flatMap((draw) => [0, 1].map((seed) => `${arm} ${draw} ${seed}`)),
      ),
    );
    // Both draws of a seed count once.
    const compared = parseCsv(await readFile(join(folder, 'comparisons.csv'), 'utf8'));
    expect(
      compared.filter(({ metric }) => metric === 'dice').map(({ labels, seeds }) => [labels, seeds]),
    ).toEqual([
      ['22', '2'],
      ['88', '2'],
    ]);
  });

  test('of one arm and one seed has nothing to compare, but all the rest', async () => {
    const folder = join(root, 'lonely');
    await fabricateStudy(folder, { arms: { scratch: { level: 0.7 } }, seeds: 1, pictures: false });
    const lonely = await read(folder);
    expectSound(lonely);
    expect(verdictOf(lonely)).toEqual(['Only scratch has results, so there is nothing to compare it with.']);
    expect(parseHTML(lonely).document.querySelectorAll('.chart').length).toBe(6);
    expect(await readFile(join(folder, 'comparisons.csv'), 'utf8')).toMatch(/^labels,.*\n$/);
  });

  test('says so when nothing has run yet', async () => {
    const folder = join(root, 'empty-study');
    await mkdir(folder);
    await writeFile(join(folder, 'config.yaml'), 'arms: { scratch: , identity: { seeds: 5 } }\nseeds: 3\n');
    const empty = await read(folder);
    expectSound(empty);
    expect(empty).toContain('there is nothing to compare');
    expect(empty).toContain('0 of 8 fine-tunings have ended so far.');
  });
});

describe('a study of many arms, seeds and budgets of masks', () => {
  const arms = Object.fromEntries(
    Array.from({ length: 13 }, (_, i) => [
      i === 0 ? 'scratch' : `arm-${i}`,
      { level: 0.7 + (i === 1 ? 0.03 : 0), ...(i > 0 && { pretraining: i < 8 ? `task-${i}` : 'task-1' }) },
    ]),
  );
  const folder = () => join(root, 'many');
  let text: string;
  beforeAll(async () => {
    const primary = { arm: 'arm-1', metric: 'dice', labels: '88' };
    await fabricateStudy(folder(), {
      arms,
      seeds: 10,
      labels: '22,88',
      primary,
      pictures: false,
      epochs: 30,
    });
    const leave = async (task: string, content: string) => {
      const audit = join(folder(), task, 'seed-0', 'pretrain', 'audit');
      await mkdir(audit);
      await writeFile(join(audit, 'audit.json'), content);
    };
    await leave('task-1', JSON.stringify(plantedAudit));
    await leave('task-3', JSON.stringify(smallAudit));
    text = await read(folder());
  }, 60_000);

  test('stays sound and under a megabyte', () => {
    expectSound(text);
    expect(text.length).toBeLessThan(1_000_000);
  });

  test('begins with the primary contrast, judged by its own p', () => {
    const [first, second] = verdictOf(text);
    expect(first).toMatch(
      /^The primary contrast, named before the study\. With 88 masks, the claim that arm-1 scores/,
    );
    expect(first).toContain('is supported');
    expect(first).toContain('p = 0.002');
    expect(second).toMatch(
      /^Higher test Dice than scratch: supported with 88 masks for arm-1 \(\+0\.03\d, .*\)\. The other 23 comparisons: supported with 22 masks for arm-1 \(.*\); no difference found /,
    );
  });

  test('shows each arm in a small chart of its own, at both budgets of masks', () => {
    const { document } = parseHTML(text);
    const panels = [...document.querySelectorAll('.panels')].filter((panel) =>
      panel.querySelector('figcaption')!.textContent.startsWith('Validation loss'),
    );
    expect(panels.map((panel) => panel.querySelectorAll('.chart').length)).toEqual([12, 12]);
    const headings = [...document.querySelectorAll('#differences ~ h3')].map(
      (heading) => heading.textContent,
    );
    expect(headings).toEqual(['22 masks', '88 masks']);
  });

  test('tells what masks are worth', () => {
    expect(titles(text)).toContain('What masks are worth');
    const section = parseHTML(text).document.querySelector('#labels')!.parentElement!;
    expect(section.textContent).toContain('How many masks scratch needs');
    const rows = [...section.querySelectorAll('tbody tr')].map((row) => row.textContent);
    expect(rows.at(-12)).toMatch(/^arm-1.*more than 88/);
  });

  test('puts the audit of a pretraining beside each arm that starts from it', () => {
    const section = parseHTML(text).document.querySelector('#audits')!.parentElement!;
    const rows = [...section.querySelector('tbody')!.children].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(rows.map(([arm]) => arm)).toEqual(Object.keys(arms).slice(1));
    const audited = rows.filter((cells) => cells.includes('copies through skips')).map(([arm]) => arm);
    expect(audited).toEqual(['arm-1', 'arm-8', 'arm-9', 'arm-10', 'arm-11', 'arm-12']);
    expect(rows[0]).toContain('90.0 %');
    expect(section.textContent).toContain('npx fewmask audit');
  });

  test('tells the shares of whatever paths the networks have', () => {
    const section = parseHTML(text).document.querySelector('#audits')!.parentElement!;
    const [, figures] = [...section.querySelectorAll('table')];
    const [head, five, three] = [...figures.querySelectorAll('tr')].map((row) =>
      [...row.children].slice(5, 10).map((cell) => cell.textContent),
    );
    expect(head).toEqual(['skip1', 'skip2', 'skip3', 'skip4', 'bottleneck']);
    expect(five).toEqual(['40.0 %', '30.0 %', '15.0 %', '5.0 %', '10.0 %']);
    expect(three.map((share) => share.slice(0, 4))).toEqual(['70.0', '11.0', '–', '–', '19.0']);
    const charts = [...section.querySelectorAll('.chart figcaption, figure.chart figcaption')];
    expect(charts.map((caption) => caption.textContent)).toEqual([
      'Shapley shares of the 5 paths',
      'Shapley shares of the 3 paths',
    ]);
    expect(section.textContent).toContain('bottleneck (1/64)');
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

  test('that has few metrics tells of those', async () => {
    const folder = join(root, 'few-metrics');
    await fabricateRun(folder, { kind: 'train', arm: 'scratch', seed: 1 });
    const rows = testRows({ kind: 'train', arm: 'scratch', seed: 1 }).map(({ stem, dice, net_dice }) => [
      stem,
      dice,
      net_dice,
    ]);
    const lines = [['stem', 'dice', 'net_dice'], ...rows].map((cells) => `${cells.join()}\n`);
    await writeFile(join(folder, 'test.csv'), lines.join(''));
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
    await writeFile(join(folder, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const text = await read(folder);
    expectSound(text);
    expect(parseHTML(text).document.querySelectorAll('.chart').length).toBe(5);
  });

  test.each([
    ['config.yaml', 'kind: [train', /config\.yaml: got no YAML/],
    ['summary.json', '{"kind": "train"', /summary\.json: got no JSON/],
    ['environment.json', '[]', /environment\.json: got .*record/],
    ['splits.json', '{"train": []}', /splits\.json: validation: got/],
    ['metrics.jsonl', '{"step":1}\n{"st\n{"step":2}\n', /metrics\.jsonl, line 2: got no JSON/],
    ['test.csv', 'image,dice\na,1\n', /test\.csv: got no column "stem"/],
    ['images/index.json', '{"kind":"prediction","rows":[{}]}', /index\.json: rows\.0\.stem: got/],
  ])('with a damaged %s is refused, the place named', async (name, content, message) => {
    const folder = join(root, `damaged ${name.replace('/', ' ')}`);
    await fabricateRun(folder, { kind: 'train', arm: 'scratch', seed: 1 });
    await writeFile(join(folder, name), content);
    await expect(read(folder)).rejects.toThrow(message);
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
      psnr: null,
    };
    await writeFile(
      join(folder, 'images', 'index.json'),
      JSON.stringify({ kind: 'reconstruction', rows: [row] }),
    );
    const text = await read(folder);
    expectSound(text);
    expect(parseHTML(text).document.querySelectorAll('img').length).toBe(1);
  });

  test.skipIf(process.platform === 'win32')('does not wait for a pipe in place of a picture', async () => {
    const folder = join(root, 'pipe');
    await fabricateRun(folder, { kind: 'pretrain', arm: 'identity', seed: 0 });
    const pictures = async () => parseHTML(await read(folder)).document.querySelectorAll('img').length;
    const all = await pictures();
    const path = join(folder, 'images', '0-output.png');
    await rm(path);
    makePipe(path);
    expect(await pictures()).toBe(all - 1);
  });

  test('does not follow a link to a picture outside its folder', async () => {
    const folder = join(root, 'linked');
    await fabricateRun(folder, { kind: 'pretrain', arm: 'identity', seed: 0 });
    const picture = join(folder, 'images', '0-output.png');
    const outside = join(root, 'outside.png');
    await rename(picture, outside);
    await symlink(outside, picture);
    expect(await refusal(read(folder))).toMatch(
      /0-output\.png: got a link to .*outside\.png, expected a file in/,
    );
    await expect(read(folder, false)).resolves.toBeTypeOf('string');
  });
});

test('a damaged audit in a study is refused, the place named', async () => {
  const folder = join(root, 'damaged-audit');
  const arms = { scratch: { level: 0.7 }, identity: { level: 0.7, pretraining: 'identity' } };
  await fabricateStudy(folder, { arms, seeds: 1, pictures: false });
  const audit = join(folder, 'identity', 'seed-0', 'pretrain', 'audit');
  await mkdir(audit);
  await writeFile(join(audit, 'audit.json'), JSON.stringify({ ...plantedAudit, paths: [{ name: 'skip1' }] }));
  expect(await refusal(() => read(folder))).toMatch(/pretrain\/audit\/audit\.json: paths\.0\.stride: got/);
});

test('hostile arm names stay text in tables and charts', async () => {
  const folder = join(root, 'hostile-study');
  const name = '"<b>&</svg>""x"';
  await fabricateStudy(folder, {
    arms: { scratch: { level: 0.7 }, [name]: { level: 0.8 } },
    seeds: 6,
    images: 3,
    pictures: false,
  });
  const text = await read(folder);
  expectSound(text);
  expect(verdictOf(text)[1]).toContain(`supported for ${name} (+0.`);
  const rows = parseCsv(await readFile(join(folder, 'comparisons.csv'), 'utf8'));
  expect(new Set(rows.map(({ arm }) => arm))).toEqual(new Set([name]));
});

test('a folder that holds neither is the user’s mistake', async () => {
  const folder = join(root, 'nothing');
  await mkdir(folder);
  await expect(writeReport(folder, { pictures: true })).rejects.toThrow(UserError);
  await expect(writeReport(join(root, 'nowhere'), { pictures: true })).rejects.toThrow(UserError);
});

test('what more masks would buy is asked of studies with several budgets of masks alone', async () => {
  const [run, one, two] = ['run', 'one-budget', 'two-budgets'].map((name) => join(root, 'asked', name));
  await fabricateRun(run, { kind: 'train', arm: 'scratch', seed: 0 });
  const arms = { scratch: { level: 0.7 } };
  await fabricateStudy(one, { arms, seeds: 2, labels: '22', pictures: false });
  await fabricateStudy(two, { arms, seeds: 2, labels: '22,88', pictures: false });
  const asking = (folder: string) => writeReport(folder, { pictures: false, moreMasks: 30 });
  expect(await refusal(asking(run))).toMatch(
    /^--more-masks: got .*run, no study, expected a study with several/,
  );
  expect(await refusal(asking(one))).toContain('a study with one budget of masks');
  await asking(two);
});
