import { fixed } from '../../core/format.ts';
import type { PlantedFinding, Suspect } from '../../runs/suspects.node.ts';
import type { Picture } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { page, type Section } from '../page/page.ts';
import { outlineNote } from '../page/picture-grids.ts';
import { number, table } from '../page/table.ts';

/** What a page of suspicious masks tells. */
export interface SuspectsPage {
  readonly run: string;
  readonly suspects: readonly Suspect[];
  readonly planted?: PlantedFinding;
  /** Of the first in the list, by stem. */
  readonly pictures: ReadonlyMap<string, Picture>;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** The masks that networks which have not seen them disagree with most, to be looked at one by one. */
export function suspectsReport({ run, suspects, planted, pictures }: SuspectsPage): Html {
  const sections: Section[] = [
    ...(pictures.size > 0
      ? [{ id: 'look', title: 'Look at these first', body: sheet(suspects, pictures) }]
      : []),
    ...(planted
      ? [{ id: 'planted', title: 'Wrong masks that were planted', body: plantedTable(planted) }]
      : []),
    { id: 'all', title: 'All masks', body: all(suspects) },
  ];
  return page({
    title: `Suspicious masks: ${run}`,
    subtitle: `${suspects.length} masks, each predicted by a network that has not seen it`,
    verdict: [
      'A mask is suspicious if a prediction that is sure of itself disagrees with it. That does not say who is wrong: look.',
      planted ? plantedText(planted) : 'How often that is right was not measured here: --plant measures it.',
    ],
    sections,
  });
}

export function plantedText({ planted, listed, found, false_alarms }: PlantedFinding): string {
  return `Of ${planted} wrong masks that were planted among these, ${found} are among the first ${listed} of the list; ${percent(false_alarms)} of those listed were not planted.`;
}

function sheet(suspects: readonly Suspect[], pictures: SuspectsPage['pictures']): Content {
  const shown = suspects.filter(({ stem }) => pictures.has(stem));
  return html`<p>${outlineNote} Here the truth is the mask that is suspected.</p><div class="rank">${shown.map(
    ({ stem, dice, expected }) => {
      const { uri, width, height } = pictures.get(stem)!;
      return html`<figure><img src="${uri}" width="${width}" height="${height}" alt="${stem} with outlines of its mask and of the prediction"><figcaption>Dice ${fixed(dice)}, expected ${fixed(expected)}<br>${stem}</figcaption></figure>\n`;
    },
  )}</div>`;
}

function plantedTable({ kinds }: PlantedFinding): Html {
  return table({
    caption: 'Wrong masks of each kind, and how many were among the first of the list',
    columns: [{ title: 'Kind' }, number('planted'), number('found')],
    rows: kinds.map(({ kind, planted, found }) => [kind, String(planted), String(found)]),
  });
}

function all(suspects: readonly Suspect[]): Html {
  return table({
    caption:
      'Suspicion is (expected - Dice) / max(0.05, 1 - expected): 0 where the mask is as good as the prediction alone lets expect',
    columns: [{ title: 'Image' }, number('Dice'), number('expected'), number('suspicion')],
    rows: suspects.map(({ stem, dice, expected, suspicion }) => [
      stem,
      ...[dice, expected, suspicion].map((value) => fixed(value)),
    ]),
  });
}
