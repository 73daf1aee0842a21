import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PixelReading } from '../data/decode/reading.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { type PageNetworkBytes, pageNetwork } from '../runs/page-network.node.ts';
import type { NetworkView } from './lab-api.ts';

/** The networks of a folder of runs, whatever they were trained on: those that mark masks, and autoencoders. */
export class LabNetworks {
  /** What was asked for last, as long as its weights stay as they are: its files are asked for one after the other. */
  #last: { readonly key: string; readonly files: Promise<PageNetworkBytes> } | undefined;

  constructor(
    /** The folder that run folders lie in. */
    readonly folder: string,
    /** How the page shows images. */
    readonly shown: PixelReading,
  ) {}

  async list(): Promise<NetworkView[]> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const found = await Promise.all(names.map((name) => this.#viewOf(name)));
    return found
      .filter((view) => view !== undefined)
      .sort((a, b) => b.name.localeCompare(a.name, 'en', { numeric: true }));
  }

  /**
   * The files of a network of the list; undefined for other names.
   *
   * @throws UserError for one that a page cannot take
   */
  async files(name: string): Promise<PageNetworkBytes | undefined> {
    if (!(await this.list()).some((network) => network.name === name)) return undefined;
    const run = join(this.folder, name);
    const key = `${name} ${await this.#stampOf(run)}`;
    if (this.#last?.key !== key) this.#last = { key, files: pageNetwork({ run, shown: this.shown }) };
    return this.#last.files;
  }

  async #viewOf(name: string): Promise<NetworkView | undefined> {
    const run = join(this.folder, name);
    // A link may lead anywhere.
    const [place, home] = await Promise.all([run, this.folder].map((path) => realpath(path).catch(() => '')));
    if (place !== join(home, name) || (await this.#stampOf(run)) === '') return undefined;
    const config = await readEntry(run, RUN.settings).catch(() => undefined);
    return config?.kind === 'train' || config?.kind === 'pretrain' ? { name, kind: config.kind } : undefined;
  }

  /** When its weights and its audit were written; nothing where there are no weights. */
  async #stampOf(run: string): Promise<string> {
    const paths = [RUN_PATHS.best, RUN_PATHS.last, RUN.audit.name];
    const times = await Promise.all(
      paths.map(async (path) => (await stat(join(run, path)).catch(() => undefined))?.mtimeMs),
    );
    return times[0] === undefined && times[1] === undefined ? '' : times.join();
  }
}
