import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { evaluate, expectationOf, exportRun, predict, serve, train } from '../../src/index.ts';
import type { Serving } from '../../src/serve/server.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { writeDataset, writeEncoder, writeList } from '../support/dataset.ts';
import { decodeMask } from '../support/masks.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

/** Where Debian has it. */
const CHROMIUM = '/usr/bin/chromium';
const built = existsSync(new URL('../../dist/page/index.html', import.meta.url));

/** What of a canvas is asked for here. */
interface Canvas {
  toDataURL(): string;
}

/** A person who looks at what networks have learned: by clicks and keys. */
describe.skipIf(!existsSync(CHROMIUM) || !built)(
  'the view Look, in a browser (needs chromium, and npm run build)',
  async () => {
    const root = await temporaryFolder();
    const data = join(root, 'set');
    const stems = await writeDataset(data, { count: 24, masks: 20, sizes: [[96, 72]] });
    await writeList(data, 'test.txt', stems.slice(0, 6));
    const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
    const settings: TrainOptions = {
      ...{ recipe: 'classic', data, encoder, batch: 2, steps: 30, lr: 0.03, normMomentum: 0.5, views: 4 },
      ...{ ...tinyNetwork, threads: 1, workers: 1, validation: false },
    };
    const [one, two] = ['one', 'two'].map((name) => join(root, 'runs', name));
    let serving: Serving;
    let browser: Browser;
    let page: Page;
    const wrong: string[] = [];
    const diceOf = async (run: string) => {
      const result = await evaluate({ run, views: 4 });
      if (result.kind !== 'segmentation') throw new Error(result.kind);
      return new Map(result.scores.map(({ stem, native }) => [stem, native.dice]));
    };

    beforeAll(async () => {
      await train(settings, { out: one });
      await train({ ...settings, seed: 1, steps: 15 }, { out: two });
      serving = await serve({ data, runs: join(root, 'runs'), encoder, port: 0 });
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
      page.on('pageerror', ({ message }) => wrong.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') wrong.push(message.text());
      });
      await page.goto(serving.link);
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await serving?.close();
    });

    const stemsShown = () => page.locator('table.images .stem').allTextContents();
    const canvas = (k = 0) => page.locator('canvas.pane').nth(k);
    /** What a canvas shows, in short. */
    const picture = async (k = 0) =>
      sha256(Buffer.from(await canvas(k).evaluate((element) => (element as unknown as Canvas).toDataURL())));
    const downloaded = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download', { timeout: 60_000 }),
        page.getByRole('link', { name }).click(),
      ]);
      return { file: download.suggestedFilename(), bytes: await readFile((await download.path())!) };
    };

    test('runs are in a table, which a header sorts, and a report opens in place', async () => {
      await page.getByRole('link', { name: 'Look' }).click();
      const rows = page.locator('table.results tbody tr');
      await rows.nth(1).waitFor();
      const names = async () => (await rows.locator('th a:first-child').allTextContents()).join();
      expect(await names()).toBe('two,one');
      const header = page.getByRole('columnheader', { name: 'Name' });
      expect(await header.getAttribute('aria-sort')).toBe('none');
      await header.getByRole('button').press('Enter');
      expect(await header.getAttribute('aria-sort')).toBe('ascending');
      expect(await names()).toBe('one,two');
      await page.getByRole('link', { name: 'Report of one' }).click();
      const frame = page.frameLocator('iframe');
      await frame.getByRole('heading', { name: /Training run/ }).waitFor({ timeout: 30_000 });
      // Nothing runs in it.
      expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
      await page.getByRole('link', { name: 'All runs' }).click();
      await rows.first().waitFor();
    });

    test('the images of a run come the worst first; what the network has seen is said', async () => {
      await page.getByRole('link', { name: 'one', exact: true }).click();
      await page.getByRole('radio', { name: /^Test/ }).check();
      const dice = await diceOf(one);
      const order = [...dice].sort(([, a], [, b]) => a - b).map(([stem]) => stem);
      await expect.poll(stemsShown).toEqual(order);
      expect(await page.locator('table.images tbody tr').first().textContent()).toContain(
        dice.get(order[0])!.toFixed(3),
      );
      await page.getByRole('radio', { name: /^Trained on/ }).check();
      await page.getByRole('button', { name: 'Score 14 images' }).click();
      await page.getByText('some of them are no test').waitFor({ timeout: 60_000 });
      await expect.poll(() => page.locator('.bar.seen').count(), { timeout: 60_000 }).toBe(14);
      await page.getByRole('radio', { name: /^Without mask/ }).check();
      await page.getByText('npx fewmask expect').waitFor();
      expect(await page.getByText('unknown').count()).toBe(4);
      await page.getByRole('radio', { name: /^Test/ }).check();
    }, 120_000);

    test('an image shows its errors, and a wipe between mask and prediction', async () => {
      const [worst, next] = await stemsShown();
      await page.getByRole('link', { name: worst }).click();
      await canvas().waitFor({ timeout: 30_000 });
      const [{ mask }] = (
        await predict({ run: one, images: [join(data, 'images', `${worst}.png`)], views: 4 })
      ).predictions;
      const truth = await decodeMask(join(data, 'masks', `${worst}.png`));
      const missed = truth.data.filter((value, i) => value === 255 && mask!.data[i] === 0).length;
      const invented = truth.data.filter((value, i) => value === 0 && mask!.data[i] === 255).length;
      const facts = page.locator('.facts');
      if (missed > 0) await facts.getByText(`${missed} px missed`).waitFor();
      if (invented > 0) await facts.getByText(`${invented} px invented`).waitFor();
      await page.getByRole('radio', { name: 'Mask | prediction' }).check();
      const slider = page.getByRole('slider', { name: /Wipe/ });
      await slider.focus();
      const seen = new Set<string>();
      for (const key of ['Home', 'PageUp', 'End']) {
        await page.keyboard.press(key);
        await page.waitForTimeout(100);
        seen.add(await picture());
      }
      expect(seen.size).toBe(3);
      expect(await slider.inputValue()).toBe('100');
      // The keys of the canvas move and enlarge; those of the page go to the next image.
      const wiped = await picture();
      await page.keyboard.press('4');
      await expect.poll(() => picture()).not.toBe(wiped);
      await canvas().focus();
      const whole = await picture();
      await page.keyboard.press('+');
      await expect.poll(() => picture()).not.toBe(whole);
      await page.keyboard.press('0');
      await expect.poll(() => picture()).toBe(whole);
      await page.keyboard.press('n');
      await page.getByRole('heading', { name: next }).waitFor();
      await page.getByRole('button', { name: 'Before' }).click();
      await page.getByRole('heading', { name: worst }).waitFor();
    }, 120_000);

    test('two runs are compared on the same image, with their difference', async () => {
      await page.getByRole('link', { name: 'Images of one' }).click();
      await page.getByRole('combobox').selectOption('two');
      const [a, b] = [await diceOf(one), await diceOf(two)];
      const row = page.locator('table.images tbody tr', { hasText: stems[0] });
      const difference = b.get(stems[0])! - a.get(stems[0])!;
      await expect
        .poll(() => row.locator('td').last().textContent(), { timeout: 30_000 })
        .toBe(`${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(3)}`);
      await row.getByRole('link').click();
      await canvas(1).waitFor({ timeout: 30_000 });
      const text = await page.locator('.panes').textContent();
      for (const dice of [a, b]) expect(text).toContain(dice.get(stems[0])!.toFixed(3));
      // What is done to one is done to both.
      const before = await picture(1);
      await canvas().focus();
      await page.keyboard.press('+');
      await expect.poll(() => picture(1)).not.toBe(before);
      await page.getByRole('link', { name: 'Correct' }).click();
      await page.locator('canvas.board').waitFor();
      await page.goBack();
    }, 120_000);

    test('predictions and the model are downloaded, and can be read', async () => {
      await page.getByRole('link', { name: 'Images of one' }).click();
      const zip = await downloaded('Predictions (zip)');
      expect(zip.file).toBe('one-predictions.zip');
      const files = unzipSync(new Uint8Array(zip.bytes));
      expect(Object.keys(files)).toEqual(stems.slice(20).map((stem) => `${stem}.png`));
      for (const bytes of Object.values(files)) {
        const { width, height } = await sharp(bytes).metadata();
        expect([width, height]).toEqual([96, 72]);
      }
      const model = await downloaded('Model (ONNX)');
      expect(model.file).toBe('one.onnx');
      const out = join(root, 'model.onnx');
      await exportRun({ run: one }, { out });
      expect(Buffer.compare(model.bytes, await readFile(out))).toBe(0);
    }, 120_000);

    test('once it was found out, the page says what to expect of images without a mask', async () => {
      await expectationOf({ run: one, folds: 2, threads: 1 });
      await page.getByRole('combobox').selectOption('no other run');
      await page.reload();
      await page.getByRole('radio', { name: /^Without mask/ }).check();
      await page.getByRole('button', { name: 'Score 4 images' }).click();
      await expect.poll(() => page.locator('.bar.expected').count(), { timeout: 60_000 }).toBe(4);
      const [{ expected }] = (
        await predict({ run: one, images: [join(data, 'images', `${stems[20]}.png`)], expect: 0.95 })
      ).predictions;
      const row = page.locator('table.images tbody tr', { hasText: stems[20] });
      expect(await row.textContent()).toContain(`${expected!.dice.toFixed(3)} expected`);
      // Of what it was trained on, networks that were not.
      await page.getByRole('radio', { name: /^Trained on/ }).check();
      await page.getByRole('button', { name: 'Score 14 images' }).click();
      await expect.poll(() => page.getByText(/held out 0/).count(), { timeout: 60_000 }).toBe(14);
    }, 300_000);

    test('nothing went wrong on the way, and nothing is wider than a narrow window', async () => {
      expect(wrong).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      const origin = new URL(serving.link).origin;
      for (const hash of [
        '#/look',
        '#/look?run=one&other=two',
        `#/look?run=one&other=two&stem=${stems[0]}`,
      ]) {
        await page.goto(`${origin}/${hash}`);
        await page.waitForTimeout(500);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      }
    });
  },
);
