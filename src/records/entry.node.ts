import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { decodeText, wholeLines } from '../core/text.ts';
import { RUN } from './entries.ts';
import type { Entry } from './format.ts';
import type { RunKind, SummaryOf } from './summaries.ts';

/** What an entry of a folder holds; undefined if the folder has none. */
export async function readEntry<Content>(
  folder: string,
  entry: Entry<Content, never>,
): Promise<Content | undefined> {
  return existsSync(join(folder, entry.name)) ? expectEntry(folder, entry) : undefined;
}

/** @throws UserError if the folder has none, or it is damaged */
export async function expectEntry<Content>(folder: string, entry: Entry<Content, never>): Promise<Content> {
  const path = join(folder, entry.name);
  const bytes = await readNamed(path, entry.what);
  return entry.read(decodeText(entry.grows ? wholeLines(bytes) : bytes, path), path);
}

/**
 * The summary in a folder whose settings are of this kind; undefined if it has none.
 *
 * @throws UserError if it is damaged, or of another kind
 */
export async function readSummary<Kind extends RunKind>(
  folder: string,
  kind: Kind,
): Promise<SummaryOf<Kind> | undefined> {
  const summary = await readEntry(folder, RUN.summary);
  if (!summary || isOf(kind, summary)) return summary;
  throw new UserError({
    what: join(folder, RUN.summary.name),
    got: `the summary of a ${summary.kind}`,
    expected: `that of a ${kind}, as ${RUN.settings.name} says`,
    fix: 'restore the file, or start again with --overwrite',
  });
}

const isOf = <Kind extends RunKind>(kind: Kind, summary: SummaryOf<RunKind>): summary is SummaryOf<Kind> =>
  summary.kind === kind;

/** Writes an entry whole or not at all. */
export async function writeEntry<Written>(
  folder: string,
  entry: Entry<unknown, Written>,
  content: Written,
): Promise<void> {
  await writeWhole(join(folder, entry.name), entry.write(content));
}

/** Where a picture of a run lies: in the folder of pictures itself, whatever it is called. */
export function pictureIn(run: string, name: string): string {
  return join(run, dirname(RUN.pictures.name), basename(name));
}
