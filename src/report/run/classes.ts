import { count, fixed, percent } from '../../core/format.ts';
import type { TestSummary } from '../../objectives/segment.ts';
import { type Html, html } from '../page/html.ts';
import { number, table } from '../page/table.ts';

/** A class as it is shown: in its colour. */
export interface ShownClass {
  readonly name: string;
  readonly colour: string;
}

/** What the colours of pictures mean. */
export function classLegend(classes: readonly ShownClass[]): Html {
  const swatch = ({ name, colour }: ShownClass) =>
    html`<span class="key"><span class="swatch" style="background:${colour}"></span>${name}</span> `;
  return html`<p class="legend">${classes.map(swatch)}</p>`;
}

/** Scores of each class, and of the set as a whole. */
export function classTable({ classes = {}, set }: TestSummary): Html {
  const rows = Object.entries(classes).map(([name, { images, native }]) => [
    ...[name, String(images), fixed(native?.dice.mean), fixed(native?.iou.mean), fixed(native?.nsd.mean)],
    ...(set ? [fixed(set.classes[name]?.dice), fixed(set.classes[name]?.iou)] : []),
  ]);
  const mean = set ? [['Mean', '', '', '', '', fixed(set.dice), fixed(set.iou)]] : [];
  return table({
    caption: html`Each class at native size: means over the images that have something of it, in truth or prediction.${
      set &&
      ` All pixels: those of all images counted together; ${percent(set.accuracy)} of them have the right class.`
    }`,
    columns: [
      { title: 'Class' },
      ...['Images', 'Dice', 'IoU', 'NSD'].map(number),
      ...(set ? ['Dice, all pixels', 'IoU, all pixels'].map(number) : []),
    ],
    rows: [...rows, ...mean],
    groups: mean.length > 0 ? [rows.length] : [],
  });
}

/** Which classes are taken for which: of the pixels of a true class (row) the share in each predicted one (column). */
export function confusionTable(
  confusion: NonNullable<TestSummary['confusion']>,
  classes: readonly ShownClass[],
): Html {
  const shares = confusion.map((row) => {
    const all = row.reduce((sum, pixels) => sum + pixels, 0);
    return row.map((pixels) => pixels / all);
  });
  const cell = (share: number) =>
    html`<span class="heat" style="--share:${share.toFixed(3)}">${Number.isFinite(share) ? percent(share) : '-'}</span>`;
  return table({
    caption: `Confusion of ${count(classes.length, 'class', 'classes')}: of the pixels of each true class (row) the share that is predicted as each class (column).`,
    columns: [{ title: 'True class' }, ...classes.map(({ name }) => number(name))],
    rows: classes.map(({ name }, k) => [name, ...shares[k].map(cell)]),
  });
}
