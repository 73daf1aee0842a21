import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { siteOf } from '../../scripts/site/site.ts';
import { hasBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { root } from './documents.ts';

const folder = await temporaryFolder();
const page = (place: string) => pathToFileURL(join(folder, place)).href;

describe.runIf(hasBrowser())('the site, opened as files', () => {
  let browser: Browser;
  beforeAll(async () => {
    for (const [place, content] of siteOf(root)) {
      await mkdir(dirname(join(folder, place)), { recursive: true });
      await writeFile(join(folder, place), content);
    }
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  test('finds a section by words of it, and goes there', async () => {
    const tab = await browser.newPage();
    await tab.goto(page('docs/training.html'));
    await tab.keyboard.press('/');
    await tab.keyboard.type('patient vid');
    const first = tab.locator('form li a').first();
    expect(await first.textContent()).toContain('Groups: patients, videos, slides');
    await tab.keyboard.press('Enter');
    await tab.waitForURL(`${page('docs/data.html')}#groups-patients-videos-slides`);
    await tab.close();
  });

  test.each([390, 1280])('is no wider than a window of %d px', async (width) => {
    const tab = await browser.newPage({ viewport: { width, height: 800 } });
    for (const place of ['index.html', 'docs/api.html', 'docs/answer.html', 'THIRD_PARTY.html']) {
      await tab.goto(page(place));
      expect(await tab.evaluate('document.documentElement.scrollWidth'), place).toBe(width);
    }
    await tab.close();
  });
});
