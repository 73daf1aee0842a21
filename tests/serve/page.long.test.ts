import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, synthesise } from '../../src/index.ts';
import type { Serving } from '../../src/serve/server.node.ts';
import { writeEncoder } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

/** Where Debian has it. */
const CHROMIUM = '/usr/bin/chromium';
const built = existsSync(new URL('../../dist/page/index.html', import.meta.url));
const SIZE = 192;
const TINY = { ...tinyNetwork, recipe: 'classic', steps: 4, batch: 2, threads: 1, workers: 1 };

/** A person in front of the page: clicks, paints, types. */
describe.skipIf(!existsSync(CHROMIUM) || !built)(
  'the page, in a browser (needs chromium, and npm run build)',
  async () => {
    const root = await temporaryFolder();
    const data = join(root, 'set');
    await synthesise({ count: 8, labelled: 0, test: 0, size: `${SIZE}` }, { out: data });
    const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
    const options = { data, runs: join(root, 'runs'), encoder, port: 0 };
    let serving: Serving;
    let browser: Browser;
    let page: Page;
    const wrong: string[] = [];

    beforeAll(async () => {
      serving = await serve(options);
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      page.on('pageerror', ({ message }) => wrong.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') wrong.push(message.text());
      });
      await page.goto(serving.link);
    });
    afterAll(async () => {
      await browser?.close();
      await serving?.close();
    });

    const tiles = () => page.locator('.tile');
    const savedNote = () =>
      page
        .getByRole('status')
        .filter({ hasText: /^saved$/ })
        .waitFor();
    const maskOf = async (stem: string) => {
      const { data: bytes, info } = await sharp(join(data, 'masks', `${stem}.png`))
        .extractChannel(0)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([SIZE, SIZE]);
      return bytes;
    };
    /** Where a place of the image is on the screen, when the image is shown as a whole. */
    const placeOf = async (x: number, y: number) => {
      const box = (await page.locator('canvas.board').boundingBox())!;
      const scale = Math.min(box.width - 2 - 16, box.height - 2 - 16) / SIZE;
      return {
        x: box.x + box.width / 2 + (x - SIZE / 2) * scale,
        y: box.y + box.height / 2 + (y - SIZE / 2) * scale,
      };
    };
    const drag = async (...points: readonly (readonly [number, number])[]) => {
      const [first, ...rest] = await Promise.all(points.map(([x, y]) => placeOf(x, y)));
      await page.mouse.move(first.x, first.y);
      await page.mouse.down();
      for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 8 });
      await page.mouse.up();
    };

    test('shows the images of a folder without masks', async () => {
      await tiles().first().waitFor();
      expect(await tiles().count()).toBe(8);
      await page.getByRole('radio', { name: /Without mask/ }).check();
      expect(await tiles().count()).toBe(8);
      expect(new URL(page.url()).search).toBe('');
    });

    let stem = '';
    test('what is painted is saved as a mask, and what is undone is not', async () => {
      stem = (await tiles().first().locator('.stem').textContent())!;
      await tiles().first().click();
      await page.locator('canvas.board').waitFor();
      await drag([60, 60], [120, 60], [120, 110]);
      await savedNote();
      const painted = await maskOf(stem);
      const at = (bytes: Buffer, x: number, y: number) => bytes[y * SIZE + x];
      for (const [x, y] of [
        [60, 60],
        [90, 60],
        [120, 60],
        [120, 100],
      ])
        expect(at(painted, x, y)).toBe(255);
      for (const [x, y] of [
        [60, 100],
        [20, 20],
        [150, 150],
      ])
        expect(at(painted, x, y)).toBe(0);
      // A second stroke, undone.
      await drag([30, 150], [60, 150]);
      await savedNote();
      expect(at(await maskOf(stem), 45, 150)).toBe(255);
      await page.keyboard.press('Control+z');
      await expect.poll(async () => Buffer.compare(await maskOf(stem), painted), { timeout: 20_000 }).toBe(0);
      await page.keyboard.press('Control+Shift+z');
      await expect.poll(async () => at(await maskOf(stem), 45, 150), { timeout: 20_000 }).toBe(255);
    });

    test('fill, polygon, eraser and the keyboard alone paint, too', async () => {
      await page.keyboard.press('p');
      for (const [x, y] of [
        [130, 130],
        [180, 130],
        [180, 180],
      ] as const) {
        const place = await placeOf(x, y);
        await page.mouse.click(place.x, place.y);
      }
      await page.keyboard.press('Enter');
      await expect.poll(async () => (await maskOf(stem))[145 * SIZE + 170], { timeout: 20_000 }).toBe(255);
      await page.keyboard.press('e');
      await drag([170, 145], [171, 145]);
      await expect.poll(async () => (await maskOf(stem))[145 * SIZE + 170], { timeout: 20_000 }).toBe(0);
      await page.keyboard.press('b');
      await page.keyboard.press('Escape');
      // The pointer of the keys begins where the mouse was.
      const from = await placeOf(20, 20);
      await page.mouse.move(from.x, from.y);
      await page.keyboard.press('Space');
      for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Space');
      await expect.poll(async () => (await maskOf(stem))[20 * SIZE + 40], { timeout: 20_000 }).toBe(255);
    });

    test('zoomed in, strokes fall where they are seen; what was painted is there after a reload', async () => {
      const before = await maskOf(stem);
      const centre = await placeOf(SIZE / 2, SIZE / 2);
      await page.mouse.move(centre.x, centre.y);
      for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -200);
      await page.mouse.move(centre.x, centre.y);
      await page.mouse.down();
      await page.mouse.up();
      await expect
        .poll(async () => (await maskOf(stem))[(SIZE / 2) * SIZE + SIZE / 2], { timeout: 20_000 })
        .toBe(255);
      await savedNote();
      const painted = await maskOf(stem);
      expect(Buffer.compare(before, painted)).not.toBe(0);
      await page.reload();
      await page.locator('canvas.board').waitFor();
      await page.keyboard.press('b');
      expect(Buffer.compare(await maskOf(stem), painted)).toBe(0);
    });

    test('a mask that was changed elsewhere meanwhile is told of, and both are kept', async () => {
      const path = join(data, 'masks', `${stem}.png`);
      await sharp({ create: { width: SIZE, height: SIZE, channels: 3, background: '#000' } })
        .toColourspace('b-w')
        .png()
        .toFile(`${path}.new`);
      await rename(`${path}.new`, path);
      const other = await readFile(path);
      await drag([100, 20], [130, 20]);
      await page.getByText('was changed elsewhere').waitFor();
      expect(await readFile(path)).toEqual(other);
      expect(existsSync(join(data, 'not-saved'))).toBe(true);
      wrong.splice(0);
      page.once('dialog', (dialog) => dialog.accept());
      await page.reload();
      await page.locator('canvas.board').waitFor();
    });

    test('strokes fall where they are seen on a screen of another resolution, too', async () => {
      const cdp = await page.context().newCDPSession(page);
      const screen = { width: 1280, height: 860, mobile: false };
      await page.keyboard.press('b');
      await cdp.send('Emulation.setDeviceMetricsOverride', { ...screen, deviceScaleFactor: 2 });
      await page.keyboard.press('0');
      await drag([60, 60], [70, 60]);
      await expect.poll(async () => (await maskOf(stem))[60 * SIZE + 65], { timeout: 20_000 }).toBe(255);
      await cdp.send('Emulation.setDeviceMetricsOverride', { ...screen, deviceScaleFactor: 1 });
    });

    test('of several fingers none paints', async () => {
      const cdp = await page.context().newCDPSession(page);
      const before = await maskOf(stem);
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: readonly (readonly number[])[]) =>
        cdp.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: points.map(([x, y], id) => ({ x, y, id })),
        });
      const fingers = await Promise.all(
        [placeOf(20, 20), placeOf(90, 20), placeOf(150, 150)].map(async (place) => {
          const { x, y } = await place;
          return [x, y] as const;
        }),
      );
      for (const count of [1, 2, 3]) await touch('touchStart', fingers.slice(0, count));
      for (const by of [10, 20, 30])
        await touch(
          'touchMove',
          fingers.map(([x, y]) => [x + by, y + by]),
        );
      await touch('touchEnd', []);
      await page.waitForTimeout(800);
      expect(Buffer.compare(await maskOf(stem), before)).toBe(0);
    });

    test('past an image that cannot be decoded the keys go on, and it is named', async () => {
      const broken = `**/api/image?stem=${stem}`;
      await page.route(broken, (route) => route.fulfill({ body: 'no image', contentType: 'image/png' }));
      await page.reload();
      await page.getByText(`image ${stem}: got what this browser cannot decode`).waitFor();
      await page.keyboard.press('n');
      await page.locator('canvas.board').waitFor();
      expect(await page.locator('h1').textContent()).not.toBe(stem);
      await page.unroute(broken);
    });

    test('a training is started, watched, stopped, and taken up by another server', async () => {
      // Masks to learn from, painted one after the other.
      for (let i = 0; i < 4; i++) {
        await page.goto(`${new URL(serving.link).origin}/#/`);
        await tiles().nth(i).click();
        await page.locator('canvas.board').waitFor();
        await page.keyboard.press('b');
        await drag([70, 80], [110, 90], [90, 110]);
        await savedNote();
      }
      await page.getByRole('link', { name: 'Train' }).click();
      await page.getByRole('radio', { name: /Quick/ }).check();
      await page.getByRole('button', { name: /Train on 4 masks/ }).click();
      await page.getByText(/step \d+ of 200/).waitFor({ timeout: 90_000 });
      await page.reload();
      await page.getByText(/step \d+ of 200/).waitFor({ timeout: 60_000 });
      // The server ends, and is started again.
      await serving.close();
      serving = await serve(options);
      await page.goto(`${serving.link}`);
      await page.getByRole('link', { name: 'Train' }).click();
      await page.getByText('stopped').waitFor();
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText(/step \d+ of 200/).waitFor({ timeout: 90_000 });
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText('stopped').waitFor({ timeout: 60_000 });
    }, 300_000);

    test('a prediction is taken over, corrected, and learned from again', async () => {
      // A small training, as the page would ask for it: a person would wait for minutes.
      const started = await page.evaluate(async (settings) => {
        const body = JSON.stringify({ choice: 'quick', settings });
        return (await fetch('/api/runs', { method: 'POST', body })).status;
      }, TINY);
      expect(started).toBe(201);
      await page.getByText('done').first().waitFor({ timeout: 120_000 });
      await page.getByRole('link', { name: 'Images' }).click();
      await tiles().nth(6).click();
      await page.locator('canvas.board').waitFor();
      const other = decodeURIComponent(new URL(page.url()).hash.slice('#/label/'.length));
      await page.getByRole('button', { name: /Start from/ }).click();
      await page.getByRole('button', { name: 'Start from set-2' }).waitFor({ timeout: 60_000 });
      await drag([96, 96], [97, 96]);
      await savedNote();
      expect((await maskOf(other))[96 * SIZE + 96]).toBe(255);
      await page.getByRole('link', { name: 'Train' }).click();
      await page.getByRole('button', { name: /Train on 5 masks/ }).waitFor();
    }, 300_000);

    test('nothing went wrong on the way', () => {
      expect(
        wrong.filter(
          (text) => !/412|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|Failed to load/.test(text),
        ),
      ).toEqual([]);
    });
  },
);
