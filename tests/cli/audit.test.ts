import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 6);
const run = await untrainedRun(join(root, 'run'), 'pretrain', settings);

test('audit writes a page and what it holds as JSON, and says it in a sentence', async () => {
  const { code, stdout } = await fewmask(['audit', run, '--images', settings.data, '--limit', '3']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^This autoencoder explains nothing of its images \(explains nothing\)\.\n- /);
  expect(stdout).toMatch(/skip1 +-?\d+\.\d %/);
  expect(stdout).toContain(`report: ${join(run, 'audit', 'audit.html')}`);
  const page = await readFile(join(run, 'audit', 'audit.html'), 'utf8');
  expect(page).toContain('This autoencoder explains nothing of its images');
  expect(page.match(/<img /g)).toHaveLength(3 * (12 + 4));
  expect(page).not.toMatch(/<script|https?:/);
});

test('audit --json prints what it writes, wherever that is, and without pictures if they may not be shown', async () => {
  const out = join(root, 'elsewhere');
  const flags = ['--images', join(settings.data, 'images'), '--out', out, '--json', '--no-pictures'];
  const { code, stdout } = await fewmask(['audit', run, ...flags]);
  expect(code).toBe(0);
  const printed = JSON.parse(stdout);
  expect(printed).toEqual(JSON.parse(await readFile(join(out, 'audit.json'), 'utf8')));
  expect(printed).toMatchObject({ kind: 'autoencoder', images: 6, weights: 'last', skill: null });
  expect(printed.paths.map(({ name }: { name: string }) => name)).toEqual([
    'skip1',
    'skip2',
    'skip3',
    'skip4',
    'bottleneck',
  ]);
  expect(await readFile(join(out, 'audit.html'), 'utf8')).not.toContain('<img ');
});

test('mistakes are named before anything is written', async () => {
  const out = join(root, 'nothing');
  const limit = await fewmask(['audit', run, '--limit', 'many', '--out', out]);
  expect(limit).toMatchObject({ code: 2 });
  expect(limit.stderr).toMatch(/limit: got "many", expected number/);
  const images = await fewmask(['audit', run, '--images', join(root, 'nowhere'), '--out', out]);
  expect(images).toMatchObject({ code: 2 });
  expect(images.stderr).toContain('nowhere');
  const folder = await fewmask(['audit', root, '--out', out]);
  expect(folder).toMatchObject({ code: 2 });
  expect(existsSync(out)).toBe(false);
});
