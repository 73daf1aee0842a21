import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import { UserError } from '../core/errors.ts';
import { inform, type Listener } from '../core/events.ts';
import { finishedName, isUnfinished, removeFiles, writeWhole } from '../core/files.node.ts';
import { expectApart } from '../core/place.node.ts';
import { pageNetwork } from '../runs/page-network.node.ts';
import { PAGE_NETWORK_FILES } from '../runs/page-network.ts';
import { type ExportPageOptions, exportPageOutputSchema, exportPageSchema } from '../runs/settings.ts';
import { parseSettings } from '../settings/parse.ts';
import { PAGE } from './page-files.node.ts';
import { BUILT_RUNTIME, pageRuntime } from './page-runtime.node.ts';

/** Where an exported page goes. */
export interface ExportPagePlace extends Listener {
  /** A folder, new or empty. */
  readonly out: string;
  /** Replace an earlier page in it. */
  readonly overwrite?: boolean;
}

/** A page that was exported. */
export interface ExportedPage {
  readonly folder: string;
  /** By their paths in the folder. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** The page among the built ones, and its name where it is taken to. */
const [BUILT, ENTRY] = ['take-away.html', 'index.html'];
const [ASSETS, NETWORK] = ['assets', 'network'];
/** By which a folder is known as a page. */
const FACTS = `${NETWORK}/${PAGE_NETWORK_FILES.facts}`;
/** Of what is built into the page. */
const LICENCES = 'licences.md';

/**
 * Writes a page that applies a run's network to a visitor's own images, in the visitor's browser: files for any static host, in any of its
 * folders. The page sends nothing anywhere.
 *
 * @throws UserError before anything is written: a folder of other things, an unreadable run, a network that a page cannot take
 */
export async function exportPage(options: ExportPageOptions, place: ExportPagePlace): Promise<ExportedPage> {
  const { onEvent, ...output } = place ?? ({} as ExportPagePlace);
  const settings = parseSettings(exportPageSchema, options);
  const { out, overwrite } = parseSettings(exportPageOutputSchema, output);
  const { run, encoder } = settings;
  expectApart(out, { flag: '--page', apart: [run, ...(encoder === undefined ? [] : [encoder])] });
  const before = await expectFree(out, overwrite);
  const network = await pageNetwork(settings, { onEvent });
  const built = await builtFiles({ onEvent });
  // First what the folder is known by, so that a page that was broken off can be replaced.
  const files = new Map([
    [FACTS, network.get(PAGE_NETWORK_FILES.facts)!],
    ...built,
    ...Array.from(network, ([name, bytes]) => [`${NETWORK}/${name}`, bytes] as const),
  ]);
  await removeFiles(out, before, FACTS);
  for (const [name, bytes] of files) await writeWhole(join(out, ...name.split('/')), bytes);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return { folder: out, files: [...files.keys()], bytes };
}

/** The files of a page; built ones have a hash in their names. */
const OWN = new RegExp(
  `^(${ENTRY}|${LICENCES}|${ASSETS}/[\\w.-]+-[\\w-]{8}\\.(js|css|wasm)|${NETWORK}/(${Object.values(PAGE_NETWORK_FILES).join('|')}))$`,
);

/** @returns the files of an earlier page, which are to be replaced */
async function expectFree(folder: string, overwrite: boolean): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw refusal(folder, error.code === 'ENOTDIR' ? 'a file in the way' : `an error (${error.code})`);
    },
  );
  const files = found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  if (files.length === 0) return [];
  const foreign = files.find((file) => !OWN.test(finishedName(file)));
  if (foreign !== undefined) throw refusal(folder, `a folder with other files in it (${foreign})`);
  if (files.every(isUnfinished)) return files;
  if (!files.includes(FACTS)) throw refusal(folder, `a folder that is no page (it has no ${FACTS})`);
  if (!overwrite) throw refusal(folder, 'an earlier page in it', 'choose another, or pass --overwrite');
  return files;
}

const refusal = (folder: string, got: string, fix = 'choose another; --overwrite replaces pages only') =>
  new UserError({ what: `--page ${folder}`, got, expected: 'a new or empty folder', fix });

/** Files in which others may be named. */
const NAMING = new Set(['.html', '.js', '.css']);

/** The built page: all files that it names, and that these name. Their names are unlike any other word. */
async function builtFiles(listener: Listener): Promise<ReadonlyMap<string, Uint8Array>> {
  const read = (...path: readonly string[]) => readFile(join(PAGE, ...path));
  const assets = await readdir(join(PAGE, ASSETS)).catch(() => {
    throw new UserError({ what: PAGE, got: 'no built page', expected: 'one', fix: 'npm run build' });
  });
  const files = new Map<string, Uint8Array>([
    [ENTRY, await read(BUILT)],
    [LICENCES, await read(LICENCES)],
  ]);
  for (const [name, bytes] of files) {
    if (!NAMING.has(extname(name))) continue;
    const text = Buffer.from(bytes).toString();
    for (const asset of assets)
      if (asset !== basename(name) && text.includes(asset) && !files.has(`${ASSETS}/${asset}`))
        files.set(`${ASSETS}/${asset}`, await read(ASSETS, asset));
    const runtime = BUILT_RUNTIME.exec(text)?.[0];
    if (runtime !== undefined && !assets.includes(runtime))
      files.set(`${ASSETS}/${runtime}`, await pageRuntime((told) => inform(listener, told)));
  }
  return files;
}
