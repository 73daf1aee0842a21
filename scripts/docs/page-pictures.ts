// Makes the pictures of docs/page.md, of synthetic images and networks that were trained on them:
//   npx fewmask data synth --out set --count 48 --labelled 16 --test 6 --size 256 --seed 3
//   npx fewmask train --data set --size 128 --consistency off --steps 150 --out runs/set-1
//   npx fewmask pretrain --data set --size 128 --max-steps 200 --out runs/copy
//   npx fewmask serve set --port 0            # prints the link
//   npx tsx scripts/docs/page-pictures.ts LINK docs/page
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';

const [link, out] = process.argv.slice(2);
if (!link || !out) throw new Error('got no link or no folder, expected both: LINK OUT');

const PICTURES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  images: async (page) => {
    await page.selectOption('select', 'next');
    await page.getByRole('button', { name: 'Find out' }).click();
    await page.waitForSelector('.tile .said', { timeout: 300_000 });
  },
  label: async (page) => {
    await page.goto(`${origin}/#/label/${masked}`);
    await page.waitForSelector('.board');
  },
  train: async (page) => {
    await page.goto(`${origin}/#/train`);
    await page.waitForSelector('.curve');
  },
  look: async (page) => {
    await page.goto(`${origin}/#/look?run=set-1&stem=${tested}`);
    await page.waitForTimeout(6000);
  },
  skips: async (page) => {
    await page.goto(`${origin}/#/lab?run=copy&stem=${tested}`);
    await page.getByRole('button', { name: 'Without bottleneck' }).click({ timeout: 60_000 });
    await page.getByText('Computing').waitFor({ state: 'detached', timeout: 60_000 });
  },
};

const origin = new URL(link).origin;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1100, height: 720 }, colorScheme: 'light' });
await page.goto(link);
await page.waitForSelector('.tile');
const stems = await page.locator('.tile.masked .stem').allTextContents();
const [tested, , masked] = [stems[0], stems[1], stems[8] ?? stems[0]];
await mkdir(out, { recursive: true });
for (const [name, show] of Object.entries(PICTURES)) {
  await show(page);
  await page.waitForTimeout(1000);
  await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(join(out, `${name}.webp`));
  console.log(join(out, `${name}.webp`));
}
await browser.close();
