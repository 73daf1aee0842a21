// Measures how soon the skip lab follows a slider, in Chromium: from its event to the output that is drawn, in ms. Needs a built page
// (npm run build), a data folder and a folder of runs. A minute:
//   npx tsx scripts/evidence/lab-speed.ts --data DATA --runs RUNS [--turns 31]
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { median } from '../../src/bench/median.ts';
import { serve } from '../../src/index.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'DATA' },
    runs: { type: 'string', default: 'runs' },
    turns: { type: 'string', default: '31' },
  },
});

/** Runs in the page: turns the first slider, waits for the next picture, and says how long that took, again and again. */
const TURN = `async (turns) => {
  const slider = document.querySelector('input[type=range]');
  const times = [];
  for (let i = 0; i < turns; i++) {
    const begun = performance.now();
    slider.value = String((i % 10) / 10);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    while (!(globalThis.drawnAt > begun)) await new Promise((resolve) => setTimeout(resolve, 1));
    times.push(globalThis.drawnAt - begun);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return times;
}`;

/** Notes when something was drawn last. */
const NOTE = `{
  const own = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    own.apply(this, given);
    globalThis.drawnAt = performance.now();
  };
}`;

const { link, close } = await serve({ data: values.data, runs: values.runs, port: 0 });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  await page.addInitScript(NOTE);
  await page.goto(link);
  await page.getByRole('link', { name: 'Skips' }).click();
  const networks = page.getByRole('combobox', { name: 'Network' });
  await networks.waitFor();
  const names = await networks
    .locator('option')
    .evaluateAll((options) => options.map((each) => each.textContent));
  printHead(['network', 'median, ms', 'lowest', 'highest']);
  for (const name of names) {
    await networks.selectOption({ label: name ?? '' });
    await page.waitForTimeout(500);
    await page.locator('.lab canvas').nth(1).waitFor({ timeout: 60_000 });
    const times: number[] = await page.evaluate(`(${TURN})(${Number(values.turns)})`);
    const told = [median(times), Math.min(...times), Math.max(...times)];
    printRow([name ?? '', ...told.map((ms) => ms.toFixed(0))]);
  }
} finally {
  await browser.close();
  await close();
}
