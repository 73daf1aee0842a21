// Measures how the page feels, in Debian's Chromium without a graphics processor: when a folder of 1,000 images is there, how soon a
// stroke is seen on an image of 4000 x 3000 px, and what memory the server takes with 5,000 images and 20 tabs. Some minutes:
//   npx tsx scripts/evidence/page-feel.ts
import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { median } from '../../src/bench/median.ts';
import { serve, synthesise } from '../../src/index.ts';
import { printHead, printRow } from './support/markdown.ts';

const root = await mkdtemp(join(tmpdir(), 'fewmask-feel-'));
process.env.FEWMASK_CACHE = join(root, 'cache');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

/** A folder of so many images: few that are drawn, the others by other names. */
async function folderOf(count: number): Promise<string> {
  const folder = join(root, `images-${count}`);
  await synthesise({ count: 50, labelled: 10, test: 0, size: 256 }, { out: folder });
  const name = (i: number) => join(folder, 'images', `synthetic-${String(i).padStart(4, '0')}.png`);
  for (let i = 51; i <= count; i++) await link(name(1 + (i % 50)), name(i));
  return folder;
}

const served = (data: string) => serve({ data, port: 0, runs: join(root, 'runs') });

async function opened(at: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto(at);
  await page.waitForSelector('.tile');
  return page;
}

const PAINTED = `(async () => {
  for (;;) {
    const pictures = [...document.querySelectorAll('.tile img')];
    if (pictures.length > 0 && pictures.every(({ complete, naturalWidth }) => complete && naturalWidth > 0)) break;
    await new Promise(requestAnimationFrame);
  }
  const [{ startTime: paint }] = performance.getEntriesByName('first-contentful-paint');
  return { paint, thumbnails: performance.now() };
})()`;

/** Until the first paint with content, and until all thumbnails that are seen are there, in ms. */
async function firstPaint(at: string): Promise<{ readonly paint: number; readonly thumbnails: number }> {
  const page = await opened(at);
  const found = await page.evaluate<{ readonly paint: number; readonly thumbnails: number }>(PAINTED);
  await page.context().close();
  return found;
}

/** A diagonal stroke in 60 moves. A frame is drawn when the one after it begins. */
const STROKES = `(async () => {
  const board = document.querySelector('.board');
  const { left, top, width, height } = board.getBoundingClientRect();
  const tell = (type, x, y) =>
    board.dispatchEvent(
      new PointerEvent(type, { clientX: left + x, clientY: top + y, pointerId: 1, bubbles: true }),
    );
  board.setPointerCapture = () => {};
  const frame = () =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
  const times = [];
  tell('pointerdown', width / 4, height / 4);
  for (let i = 0; i < 60; i++) {
    const began = performance.now();
    tell('pointermove', width / 4 + (i * width) / 120, height / 4 + (i * height) / 120);
    times.push((await frame()) - began);
  }
  tell('pointerup', width / 2, height / 2);
  return times;
})()`;

/** From each move of the pointer until the frame that shows it is drawn, in ms. */
async function strokes(): Promise<readonly number[]> {
  const data = join(root, 'large');
  await mkdir(join(data, 'images'), { recursive: true });
  const large = { width: 4000, height: 3000, channels: 3, background: '#946' } as const;
  await sharp({ create: large })
    .jpeg()
    .toFile(join(data, 'images', 'large.jpg'));
  const { link: at, close } = await served(data);
  const page = await opened(at);
  await page.goto(`${new URL(at).origin}/#/label/large`);
  await page.waitForSelector('.board');
  await page.waitForTimeout(2000);
  const found = await page.evaluate<readonly number[]>(STROKES);
  await page.context().close();
  await close();
  return found;
}

/** Of this process, in MB. */
const memory = () => Math.round(process.memoryUsage().rss / 1e6);

/** The most that the server takes while tabs are opened, each at another place of the grid; none is hidden. */
async function tabs(at: string, count: number): Promise<number> {
  const pages: Page[] = [];
  let most = memory();
  for (let i = 0; i < count; i++) {
    // A browser has few connections to one server, and gives hidden tabs none: here each has its own.
    const page = await opened(at);
    pages.push(page);
    await page.evaluate(`scrollTo(0, ${i / count} * document.body.scrollHeight)`);
    await page.waitForTimeout(300);
    most = Math.max(most, memory());
  }
  for (const page of pages) await page.context().close();
  return most;
}

try {
  printHead(['what', 'measured']);
  const thousand = await served(await folderOf(1000));
  await firstPaint(thousand.link);
  const again = await firstPaint(thousand.link);
  printRow(['1,000 images, thumbnails made: first paint', `${Math.round(again.paint)} ms`]);
  printRow(['until all thumbnails that are seen are there', `${Math.round(again.thumbnails)} ms`]);
  await thousand.close();
  const moves = await strokes();
  printRow([
    '4000 x 3000 px, stroke to pixel: median, most of 60',
    `${median(moves).toFixed(1)} ms, ${Math.max(...moves).toFixed(1)} ms`,
  ]);
  const many = await served(await folderOf(5000));
  const before = memory();
  const most = await tabs(many.link, 20);
  printRow(['5,000 images, 20 tabs: memory of the server', `${most} MB, ${before} MB before the first`]);
  await many.close();
} finally {
  await browser.close();
  await rm(root, { recursive: true, force: true });
}
