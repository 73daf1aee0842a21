import { count, listed } from '../../core/format.ts';
import type { Splits } from '../../records/run-records.ts';
import type { Run, Settings } from '../model.ts';
import { type Content, type Html, html } from './html.ts';
import { table } from './table.ts';

/** A part of the page that opens on a click. */
export function details(summary: Content, body: Content): Html {
  return html`<details><summary>${summary}</summary>\n${body}</details>\n`;
}

/** A setting as the config file would say it. */
export function settingText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('","', '", "');
}

export function settingsTable(caption: Content, settings: Settings): Html {
  return table({
    caption,
    columns: [{ title: 'Setting' }, { title: 'Value' }],
    rows: Object.entries(settings).map(([name, value]) => [name, settingText(value)]),
  });
}

/** Settings of several runs side by side, one column each; the caption names those that differ. */
export function comparedSettings(title: string, runs: readonly { name: string; settings: Settings }[]): Html {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = names.map((name) => [name, ...runs.map(({ settings }) => settingText(settings[name]))]);
  const differing = rows
    .filter(([, first, ...others]) => others.some((value) => value !== first))
    .map(([name]) => name);
  const verdict =
    differing.length > 0 ? `The arms differ in ${listed(differing)}.` : 'All arms have the same settings.';
  return table({
    caption: `${title}. ${runs.length > 1 ? verdict : ''}`,
    columns: [{ title: 'Setting' }, ...runs.map(({ name }) => ({ title: name }))],
    rows,
  });
}

const shownStems = 6;

/** Sizes of the lists and how each begins. */
export function splitsTable(caption: Content, splits: Splits): Html {
  return table({
    caption,
    columns: [
      { title: 'List' },
      { title: 'Images', kind: 'number' },
      { title: 'First ones' },
      { title: 'SHA-256 of the first image' },
    ],
    rows: Object.entries(splits).map(([name, items]) => {
      const rest = items.length - shownStems;
      const stems = items.slice(0, shownStems).map(({ stem }) => stem);
      return [
        name,
        items.length,
        stems.join(', ') + (rest > 0 ? `, and ${count(rest, 'other')}` : ''),
        items[0]?.image?.slice(0, 12),
      ];
    }),
  });
}

/** Versions and machine, without the command, which has a place of its own. */
export function environmentTable(environment: Settings): Content {
  const { command: _, ...rest } = environment;
  if (Object.keys(rest).length === 0) return html`<p class="missing">The versions were not recorded.</p>`;
  return settingsTable('Versions and machine', rest);
}

/** The distinct commands, each on a line of its own. */
export function commandList(environments: readonly Settings[]): Content {
  const commands = new Set(
    environments.map(({ command }) => command).filter((command) => typeof command === 'string'),
  );
  if (commands.size === 0) return html`<p class="missing">The command was not recorded.</p>`;
  return html`<pre><code>${[...commands].join('\n')}</code></pre>\n`;
}

/** Sentences on what is unusual. */
export function notesList(notes: readonly string[]): Content {
  return notes.length > 0 && html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}

/** How far a run came, from its rows. */
export function progressOf(run: Run): {
  epochs: number;
  planned?: number;
  bestEpoch?: number;
  seconds?: number;
} {
  const { summary, config, epochs } = run;
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const spent = epochs.map(({ seconds }) => seconds).filter((seconds) => seconds !== undefined);
  return {
    epochs: epochs.at(-1)?.epoch ?? summary?.epochs ?? 0,
    planned: number(config.epochs),
    bestEpoch: summary?.best_epoch,
    seconds:
      summary?.seconds ?? (spent.length > 0 ? spent.reduce((sum, value) => sum + value, 0) : undefined),
  };
}
