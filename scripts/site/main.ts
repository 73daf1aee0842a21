// `npm run docs:site`: builds the documentation as a site in site/, which any host of static files can show, and which
// opens without one, too. Fails for links that lead nowhere.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokenLinks } from './links.ts';
import { siteOf } from './site.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'site');

const site = siteOf(root);
await rm(out, { recursive: true, force: true });
for (const [place, content] of site) {
  await mkdir(dirname(join(out, place)), { recursive: true });
  await writeFile(join(out, place), content);
}
const broken = brokenLinks(site);
for (const line of broken) console.error(`leads nowhere: ${line}`);
console.log(`site/index.html: ${site.size} files`);
process.exitCode = broken.length > 0 ? 1 : 0;
