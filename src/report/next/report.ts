import { fixed, range, signed } from '../../core/format.ts';
import { mean } from '../../core/mean.ts';
import { STRATEGIES } from '../../expect/strategies.ts';
import type { ChosenNext } from '../../runs/next.node.ts';
import type { Trial } from '../../runs/trial.node.ts';
import { trialWords } from '../../runs/trial-words.ts';
import { lookOf } from '../charts/palette.ts';
import { dotChart } from '../charts/row-charts.ts';
import type { Picture } from '../model.ts';
import { type Html, html } from '../page/html.ts';
import { page, type Section } from '../page/page.ts';
import { number, table } from '../page/table.ts';

/** The images to label next, with what the network makes of them now. @param pictures by image */
export function nextReport(
  run: string,
  { images, candidates, duplicates }: ChosenNext,
  pictures: ReadonlyMap<string, Picture>,
): Html {
  const sheet = html`<p>Orange: what the network marks now. Pictures are reduced for this page.</p><div class="rank">${images.flatMap(
    ({ stem, image, uncertainty }) => {
      const picture = pictures.get(image);
      return picture
        ? [
            html`<figure><img src="${picture.uri}" width="${picture.width}" height="${picture.height}" alt="${stem} with what the network marks"><figcaption>${stem}<br>uncertainty ${fixed(uncertainty)}</figcaption></figure>\n`,
          ]
        : [];
    },
  )}</div>`;
  const rows = table({
    caption:
      'Uncertainty: 1 - the mean of the Dice that the probabilities promise and the Dice of single views with their mean. Distance: from the nearest image with a mask, 1 - cosine of features',
    columns: [{ title: 'Image' }, number('uncertainty'), number('distance'), { title: 'marked' }],
    rows: images.map(({ stem, uncertainty, distance, marked }) => [
      ...[stem, fixed(uncertainty), fixed(distance), marked ? 'yes' : 'nothing'],
    ]),
  });
  return page({
    title: `Label next: ${run}`,
    subtitle: `${images.length} of ${candidates} images without masks`,
    verdict: [
      `These ${images.length} images are to get masks next, the first first.`,
      ...(duplicates > 0
        ? [
            `${duplicates} images were left out: there is one like them that has a mask, or that stands for them.`,
          ]
        : []),
      'Whether choosing is better than drawing at random was not measured here: --trial measures it on the masks there are.',
    ],
    sections: [
      { id: 'look', title: 'Images', body: sheet },
      { id: 'all', title: 'Table', body: rows },
    ],
  });
}

/** Whether it pays to choose. */
export function trialReport(run: string, trial: Trial): Html {
  const { draws, start, count, pool, scored, dice, chosen, more, strategy } = trial;
  const arms = Object.entries(dice);
  const chart = dotChart({
    title: 'Dice of each draw',
    xLabel: `mean Dice of ${scored.images} images`,
    rows: arms.map(([name, values], i) => ({
      ...{ name, look: lookOf(i), bySeed: new Map(values.map((value, draw) => [String(draw), value])) },
      mean: mean(values),
    })),
  });
  const compared = [
    ...chosen.map((each) => ({ ...each, name: strategy })),
    { ...more, against: 'start', name: 'random' },
  ];
  const comparisons = table({
    caption: `Differences in mean Dice over ${draws} draws; intervals of 95 %, over draws and images both drawn anew`,
    columns: [
      { title: 'Images' },
      { title: 'against' },
      number('difference'),
      number('interval'),
      number('would be seen'),
    ],
    rows: compared.map(({ name, against, difference, ci95, detectable }) => [
      ...[name, against, signed(difference), range(ci95), fixed(detectable)],
    ]),
  });
  const sections: Section[] = [
    { id: 'found', title: 'Compared', body: html`${chart}${comparisons}` },
    { id: 'how', title: 'How it was tried', body: how(trial) },
  ];
  return page({
    title: `Which image next: ${run}`,
    subtitle: `${draws} draws of ${start} masks and ${count} more, of ${pool}`,
    verdict: trialWords(trial),
    sections,
  });
}

function how({ start, count, pool, scored, strategy, dice }: Trial): Html {
  const names = Object.keys(dice).filter((name): name is keyof typeof STRATEGIES => name in STRATEGIES);
  const of = scored.of === 'test' ? "the run's test images" : 'masks that were put aside for it';
  return html`<p>Of each draw a network was trained on ${start} of ${pool} masks, drawn at random (start). Then each strategy chose ${count} more among the others by it, as if these had no masks yet; and of each choice a network was trained, all with the same seed. They are scored on ${scored.images} images that could not be chosen: ${of}.</p>
<ul>${names.map((name) => html`<li>${name}${name === strategy ? ' (tried)' : ''}: ${STRATEGIES[name].what}</li>`)}</ul>`;
}
