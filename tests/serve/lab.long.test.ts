import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareImage } from '../../src/data/loading/prepare.ts';
import { clippedMse, psnr } from '../../src/eval/reconstruction.ts';
import { SplitPredictor } from '../../src/eval/split-predictor.ts';
import { exportPage, predict, pretrain, serve, synthesise } from '../../src/index.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import type { Serving } from '../../src/serve/server.node.ts';
import { train } from '../support/classic.ts';
import { writeEncoder } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

/** Where Debian has it. */
const CHROMIUM = '/usr/bin/chromium';
const built = existsSync(new URL('../../dist/page/take-away.html', import.meta.url));
const SIZE = 96;
const LONG = { timeout: 60_000 };

const TYPES: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css' },
  ...{ '.wasm': 'application/wasm', '.json': 'application/json' },
};

/** A host of files that sends no header of its own. */
async function hostOf(folder: string): Promise<Server> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = url.endsWith('/') ? `${url}index.html` : url;
    const content = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(content ? 200 : 404, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    });
    response.end(content);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** A person in front of the page: turns sliders, opens images, paints. */
describe.skipIf(!existsSync(CHROMIUM) || !built)(
  'the skip lab, in a browser (needs chromium, and npm run build)',
  async () => {
    const root = await temporaryFolder();
    const at = (...names: string[]) => join(root, ...names);
    const encoder = await writeEncoder(at('encoder.safetensors'));
    await synthesise({ count: 8, labelled: 6, test: 0, size: `${SIZE}` }, { out: at('set') });
    const settings = { data: at('set'), encoder, batch: 2, threads: 1, ...tinyNetwork };
    const imageOf = (stem: string) => at('set', 'images', `${stem}.png`);
    const [first, second] = ['synthetic-0001', 'synthetic-0002'];
    let serving: Serving;
    let host: Server;
    let browser: Browser;
    let page: Page;
    const wrong: string[] = [];
    const asked = new Set<string>();

    beforeAll(async () => {
      await pretrain({ ...settings, epochs: 6 }, { out: at('runs', 'painter') });
      await train({ ...settings, steps: 80, lr: 3e-3 }, { out: at('runs', 'marker') });
      await exportPage({ run: at('runs', 'marker') }, { out: at('www', 'some', 'where') });
      serving = await serve({ data: at('set'), runs: at('runs'), port: 0 });
      host = await hostOf(at('www'));
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      page.on('pageerror', ({ message }) => wrong.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') wrong.push(message.text());
      });
      page.on('request', (request) => asked.add(request.url()));
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await serving?.close();
      host?.close();
    });

    const choose = (title: string, option: string) =>
      page.getByRole('combobox', { name: title }).selectOption(option);
    const slider = (name: string) => page.getByRole('slider', { name, exact: true });
    /** In dB, the first that is told. */
    const toldPsnr = async () =>
      Number(/PSNR ([-\d.]+) dB/.exec((await page.locator('.scores').textContent()) ?? '')?.[1]);
    /** The pixels of the output's canvas, as a short text. */
    const output = () =>
      page
        .locator('.lab canvas')
        .last()
        .evaluate((canvas: { toDataURL?(): string }) => canvas.toDataURL!());
    /** Of the image, RGBA, once it is drawn. */
    const pixelsShown = async () => {
      await page.waitForTimeout(500);
      const uri = await page
        .locator('.lab canvas')
        .first()
        .evaluate((canvas: { toDataURL?(): string }) => canvas.toDataURL!());
      return sharp(Buffer.from(uri.split(',')[1], 'base64'))
        .ensureAlpha()
        .raw()
        .toBuffer();
    };
    const pixelsOf = async (stem: string) => {
      const { data, info } = await sharp(imageOf(stem)).raw().toBuffer({ resolveWithObject: true });
      return { data, width: info.width, height: info.height, channels: info.channels };
    };
    /** What Node makes of it: the PSNR of the image that is painted with these gates. */
    const expectedPsnr = async (gates: readonly number[], deep = first) => {
      const { network } = await openRun(at('runs', 'painter'));
      const engine = new Engine({ threads: 1, kernels: 'plain' });
      const halves = await SplitPredictor.load(engine, network, { batch: 1 });
      const input = prepareImage(await pixelsOf(first), network.size);
      const [own, other] = [
        await halves.encode(input),
        await halves.encode(prepareImage(await pixelsOf(deep), network.size)),
      ];
      const taps = [...own.slice(0, -1), other[own.length - 1]];
      const made = await halves.decode(taps.map((tap, i) => tap.map((value) => value * gates[i])));
      await engine.close();
      return psnr(clippedMse(made, input));
    };
    const nearTo = (expected: number) =>
      expect.poll(async () => Math.abs((await toldPsnr()) - expected), LONG).toBeLessThan(0.1);

    test('an autoencoder is opened, and told as Node tells it', async () => {
      await page.goto(serving.link);
      await page.getByRole('link', { name: 'Skips' }).click();
      await choose('Network', 'painter');
      await choose('Image', first);
      await nearTo(await expectedPsnr([1, 1, 1, 1, 1]));
    }, 120_000);

    test('a slider is followed: by the keyboard, and by presets', async () => {
      const expected = await expectedPsnr([0, 1, 1, 1, 1]);
      expect(Math.abs(expected - (await expectedPsnr([1, 1, 1, 1, 1])))).toBeGreaterThan(0.3);
      const before = await output();
      await slider('skip 1').focus();
      await page.keyboard.press('Home');
      await nearTo(expected);
      await expect.poll(output, LONG).not.toBe(before);
      await page.getByRole('button', { name: 'Only the bottleneck' }).click();
      expect(await slider('skip 3').inputValue()).toBe('0');
      await nearTo(await expectedPsnr([0, 0, 0, 0, 1]));
      await page.getByRole('button', { name: 'All', exact: true }).click();
      await expect.poll(output, LONG).toBe(before);
    }, 120_000);

    test('the bottleneck of another image is put in', async () => {
      await page.getByRole('button', { name: 'Only the bottleneck' }).click();
      await choose('Bottleneck of', second);
      await page.getByText('gives the bottleneck').waitFor();
      await nearTo(await expectedPsnr([0, 0, 0, 0, 1], second));
    }, 120_000);

    test('of a network that marks masks the Dice is told, and how its shares are had', async () => {
      await choose('Network', 'marker');
      await expect
        .poll(
          async () =>
            page
              .locator('.scores')
              .textContent()
              .catch(() => ''),
          LONG,
        )
        .toMatch(/Dice [01]\.\d{3}/);
      await page.getByText('fewmask audit RUNS/marker').waitFor();
    }, 120_000);

    const stripes = async (bytes: Promise<Buffer>) =>
      sharp(await bytes)
        .extractChannel(0)
        .raw()
        .toBuffer();
    const saved = async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save the mask (PNG)' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${first}.png`);
      return stripes(readFile(await download.path()));
    };

    let original: Buffer;
    test('the page that was taken away marks what predict marks', async () => {
      asked.clear();
      const { port } = host.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/some/where/`);
      await page.getByLabel('Open images').setInputFiles([imageOf(first), imageOf(second)]);
      await page.locator('.lab canvas').nth(1).waitFor(LONG);
      original = await saved();
      const { predictions } = await predict({ run: at('runs', 'marker'), images: [imageOf(first)] });
      const { data, width, height } = predictions[0].mask!;
      expect([width, height, original.length]).toEqual([SIZE, SIZE, SIZE * SIZE]);
      let [both, either] = [0, 0];
      for (const [i, value] of original.entries()) {
        both += Number(value > 127 && data[i] > 127);
        either += Number(value > 127 || data[i] > 127);
      }
      expect(either).toBeGreaterThan(50);
      expect(both / either).toBeGreaterThan(0.99);
      for (const url of asked)
        expect(url).toMatch(new RegExp(`^(http://127.0.0.1:${port}/some/where/|blob:|data:)`));
    }, 120_000);

    test('it drops the alpha of an image, and keeps the colours below it, as predict does', async () => {
      const { width, height } = await pixelsOf(first);
      const alpha = Buffer.alloc(width * height);
      const one = { raw: { width, height, channels: 1 } } as const;
      await sharp(imageOf(first)).joinChannel(alpha, one).png().toFile(at('clear.png'));
      await page.getByLabel('Open images').setInputFiles(at('clear.png'));
      await expect.poll(() => page.getByRole('combobox', { name: 'Image' }).inputValue(), LONG).toBe('clear');
      // Its picture is what the network is fed.
      const clear = await pixelsShown();
      expect(clear).toEqual(await sharp(imageOf(first)).ensureAlpha().raw().toBuffer());
      await choose('Image', first);
    }, 120_000);

    test('it learns from a mask that is painted there, and forgets it again', async () => {
      await page.getByRole('button', { name: 'Paint a mask' }).click();
      await page.getByRole('radio', { name: 'Fill' }).check();
      // All of it is the object: no network says that by itself.
      await page.locator('canvas.board').click();
      await page.getByRole('button', { name: 'Done' }).click();
      await expect.poll(() => page.locator('.scores').textContent(), LONG).toMatch(/Dice 0\.\d{3}/);
      await page.getByRole('button', { name: 'Learn from 1 mask' }).click();
      await page.getByText(/step [4-9]\d/).waitFor(LONG);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText(/It has learned \d+ steps here/).waitFor(LONG);
      const learned = await saved();
      const count = (mask: Buffer) => mask.filter((value) => value > 127).length;
      expect(count(learned)).toBeGreaterThan(count(original));
      await page.getByRole('button', { name: 'Back to the original' }).click();
      await page.locator('.lab canvas').nth(1).waitFor(LONG);
      expect(Buffer.compare(await saved(), original)).toBe(0);
    }, 180_000);

    test('nothing went wrong on the way', () => {
      expect(wrong).toEqual([]);
    });
  },
);
