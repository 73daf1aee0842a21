// Writes THIRD_PARTY.md from package-lock.json; with --check it only says whether that file is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RUNTIME_PACKAGES } from '../src/runtime/onnxruntime.node.ts';
import { PAGE_RUNTIME } from '../src/serve/page-runtime.node.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}THIRD_PARTY.md`;

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const lock = JSON.parse(await readFile(`${root}package-lock.json`, 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

const FOLDER = 'node_modules/';
const nameOf = (path: string) => path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
const fetched = [...RUNTIME_PACKAGES, PAGE_RUNTIME].map((pinned) => pinned.package);

/** Names with versions by licence, of packages that somebody who uses this one has. */
function byLicence(isWanted: (name: string, locked: Locked) => boolean): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [path, locked] of Object.entries(lock.packages)) {
    if (path === '' || !isWanted(nameOf(path), locked)) continue;
    const licence = locked.license ?? 'not said';
    const names = found.get(licence) ?? new Set();
    found.set(licence, names.add(`${nameOf(path)} ${locked.version}`));
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([licence, names]) => [licence, [...names].sort()]));
}

const tableOf = (licences: ReadonlyMap<string, readonly string[]>) =>
  [
    '| licence | packages |',
    '|---|---|',
    ...Array.from(licences, ([licence, names]) => `| ${licence} | ${names.join(', ')} |`),
  ].join('\n');

const text = `# What of others comes with fewmask

Made from package-lock.json by \`npm run docs:third-party\`; do not edit it. A bill of materials: \`npm sbom --sbom-format spdx --omit dev\`.

## Installed with it

${tableOf(byLicence((_, { dev, devOptional }) => !dev && !devOptional))}

- \`@img/sharp-libvips-*\` is [libvips](https://github.com/libvips/libvips) with what it is built of, as a library of its own beside sharp, one for each
  platform; it can be replaced by another build, as the LGPL asks for.
- \`h5wasm\` has the licence of NIST (use, copy, change and pass on, with its notice), and the HDF5 library in it that of The HDF Group (as BSD).

## Fetched when it is needed first

${tableOf(byLicence((name, { dev }) => dev === true && fetched.includes(name)))}

The default encoder's weights (MobileNetV2 of a DeepLab, Apache-2.0) are fetched, too; \`npx fewmask encoders\` lists these with their
licences.

## In the page

What is built into the page of \`fewmask serve\` and \`export --page\` is listed with its licences in \`licences.md\` beside it.
`;

if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
    console.error('THIRD_PARTY.md is out of date; run npm run docs:third-party');
    process.exitCode = 1;
  }
} else await writeFile(target, text);
