import { count, duration, fixed, percent, significant } from '../../core/format.ts';
import { METRIC_NAMES, METRICS, type Metric, titleOf } from '../../eval/metrics.ts';
import type { Statistic } from '../../eval/summary.ts';
import { type Pictures, type Run, type Size, scoresOf, sizeNames, sizes } from '../model.ts';
import {
  commandList,
  details,
  environmentTable,
  notesList,
  progressOf,
  settingsTable,
  splitsTable,
} from '../page/details.ts';
import { type Html, html } from '../page/html.ts';
import { notesOn } from '../page/metric-notes.ts';
import { absent, page, type Section } from '../page/page.ts';
import { colourNote, outlineNote, predictionGrid, reconstructionGrid } from '../page/picture-grids.ts';
import { table } from '../page/table.ts';
import { summarise } from '../statistics.ts';
import { classLegend, classTable, confusionTable, type ShownClass } from './classes.ts';
import { runCharts } from './curves.ts';
import { baselineTable, optimismOf } from './trust.ts';

/** The report of one run. Without `pictures` they were not asked for. */
export function runReport(run: Run, title: string, pictures: Pictures | undefined): Html {
  const pretrain = run.kind === 'pretrain';
  const sections: (Section | false)[] = [
    !pretrain && {
      id: 'test',
      title: 'Test results',
      body: [testTable(run), ...baselineTable(run), ...classTables(run)],
    },
    pretrain && { id: 'reconstructions', title: 'Reconstructions', body: reconstructions(run, pictures) },
    { id: 'curves', title: 'Training curves', body: curves(run) },
    !pretrain && { id: 'predictions', title: 'Predictions', body: predictions(run, pictures) },
    { id: 'details', title: 'Splits, settings and versions', body: runDetails(run) },
  ];
  return page({
    title,
    subtitle: subtitleOf(run),
    verdict: runVerdict(run),
    sections: sections.filter((section) => section !== false),
  });
}

/** A pretraining that only takes statistics trains nothing. */
const learns = ({ config }: Run) => config.method !== 'statistics';

const nothingLearned =
  'Nothing was learned: the decoder has the weights that its seed draws, and each batch norm has deviation and mean of its input over the images as its scale and shift.';

function subtitleOf(run: Run): string {
  if (run.kind === 'train') return 'Training of the segmentation network on masks';
  return learns(run)
    ? 'Pretraining of the decoder by reconstruction, without masks'
    : 'Statistics of an untrained decoder on images without masks';
}

function statisticsVerdict({ summary }: Run, time: string): string[] {
  const ended = summary
    ? `The run is ${summary.interrupted ? 'not complete' : 'complete'}: statistics of ${summary.images} images${time}.`
    : 'The run is not complete: there is no summary.';
  return [ended, nothingLearned];
}

/** Two to four sentences on how the run ended. */
export function runVerdict(run: Run): string[] {
  const { rounds } = run;
  const { epochs, planned, bestEpoch, seconds } = progressOf(run);
  const time = seconds === undefined ? '' : ` in ${duration(seconds)}`;
  const ended = run.summary
    ? `The run is complete: ${count(epochs, 'epoch')}${time}.`
    : `The run is not complete: ${planned === undefined ? count(epochs, 'epoch') : `${epochs} of ${count(planned, 'epoch')}`} so far, and no summary.`;
  const best = run.epochs.find(({ epoch }) => epoch === bestEpoch);
  if (!learns(run)) return statisticsVerdict(run, time);
  if (run.kind === 'pretrain') {
    return [
      ended,
      best?.val_mse !== undefined &&
        (best.val_psnr === undefined
          ? `At the best epoch, ${best.epoch}, the validation MSE of the noise was ${significant(best.val_mse)} (1: nothing is told of it).`
          : `At the best epoch, ${best.epoch}, the validation MSE was ${significant(best.val_mse)} and the PSNR ${fixed(best.val_psnr, 2)} dB.`),
      'A low reconstruction error does not show that the decoder has learnt anything of use for segmentation: the picture may have come through the skip connections.',
    ].filter((sentence) => sentence !== false);
  }
  const dice = (size: Size) => summarise('dice', scoresOf(run.test, size, 'dice'));
  const [network, native] = [dice('network'), dice('native')];
  return [
    ended,
    best !== undefined &&
      `The best epoch was ${best.epoch}: validation Dice ${fixed(best.val_dice)}, validation loss ${significant(best.val_loss)}.`,
    native !== undefined &&
      `On ${count(run.test.length, 'test image')} the mean Dice is ${fixed(native.mean)} at native size${network ? ` and ${fixed(network.mean)} at network size` : ''}; ${percent(native.below_half)} of the images are below .5 at native size.`,
    ...optimismOf(run),
    rounds.length > 0 && roundsSentence(rounds),
    'One run says nothing about how much the result varies from seed to seed.',
  ].filter((sentence) => sentence !== false);
}

/** What the rounds of self-training before a run came to. */
function roundsSentence(rounds: Run['rounds']): string {
  const each = rounds.map((summary, round) => {
    const dice = summary.kind === 'train' ? summary.best_val_dice : undefined;
    const reached = dice === undefined ? 'no validation' : `validation Dice ${fixed(dice)}`;
    return `round ${round}: ${reached}${summary.interrupted ? ', not complete' : ''}`;
  });
  return `Self-training: ${count(rounds.length, 'network')} before this one, whose pseudo-masks the next one learned from (${each.join('; ')}).`;
}

const statisticTitles: Readonly<Record<Statistic, string>> = {
  mean: 'Mean',
  median: 'Median',
  p5: '5th percentile',
  p95: '95th percentile',
  below_half: 'Share below .5',
};
const statistics = Object.keys(statisticTitles) as readonly Statistic[];

function testTable(run: Run): Html {
  const found = sizes.flatMap((size) =>
    METRIC_NAMES.flatMap((metric) => {
      const summary = summarise(metric, scoresOf(run.test, size, metric)) ?? recorded(run, size, metric);
      return summary ? [{ size, metric, summary }] : [];
    }),
  );
  if (found.length === 0)
    return absent('There are no test results: the run has no test set, or it stopped before the test.');
  const shown = statistics.filter((statistic) =>
    found.some(({ summary }) => summary[statistic] !== undefined),
  );
  const first = sizes.map((size) => found.findIndex((row) => row.size === size)).filter((i) => i > 0);
  return table({
    caption: `Over ${run.test.length > 0 ? count(run.test.length, 'test image') : 'the test images'}. Native size: the prediction is compared with the mask at the mask's own size; network size: at the size the network works at. ${notesOn(found.map(({ metric }) => metric))}`,
    columns: [
      { title: 'Size' },
      { title: 'Metric' },
      ...shown.map((statistic) => ({ title: statisticTitles[statistic], kind: 'number' as const })),
    ],
    rows: found.map(({ size, metric, summary }) => [
      sizeNames[size],
      titleOf(metric),
      ...shown.map((statistic) =>
        statistic === 'below_half'
          ? percent(summary.below_half)
          : fixed(summary[statistic], METRICS[metric].digits),
      ),
    ]),
    headers: 2,
    groups: first,
  });
}

/** The classes that the run's settings list; none of runs that list none. */
function classesOf({ config }: Run): ShownClass[] {
  const { classes } = config;
  if (!Array.isArray(classes)) return [];
  return classes.map(({ name, colour }: ShownClass) => ({ name: String(name), colour: String(colour) }));
}

function classTables(run: Run): Html[] {
  const test = run.summary?.kind === 'train' ? run.summary.test : undefined;
  if (!test?.classes) return [];
  return [classTable(test), ...(test.confusion ? [confusionTable(test.confusion, classesOf(run))] : [])];
}

/** What the summary says, for a folder without `test.csv`. */
function recorded({ summary }: Run, size: Size, metric: Metric) {
  const test = summary?.kind === 'train' ? summary.test : undefined;
  const scores: Partial<Record<Metric, Partial<Record<Statistic, number>>>> | undefined = test?.[size];
  return scores?.[metric];
}

function curves(run: Run): Html {
  const charts = runCharts(run, progressOf(run).bestEpoch);
  return charts.length > 0
    ? html`<div class="charts">${charts}</div>`
    : absent(
        learns(run)
          ? 'There are no training curves: the run stopped before its first step was recorded.'
          : 'There are no training curves: nothing was learned.',
      );
}

/** Sentence in place of pictures that were not asked for. */
export const picturesLeftOut = 'Pictures were left out of this report on request.';

function reconstructions(run: Run, pictures: Pictures | undefined): Html {
  if (!pictures) return absent(picturesLeftOut);
  if (pictures.reconstructions.length === 0) return absent('The run folder holds no reconstructed pictures.');
  const { pretext: task } = run.config;
  const what = learns(run) ? `Pretext task: ${String(task)}.` : 'What an untrained decoder paints.';
  const pretext = task === undefined ? '' : what;
  return html`<p>${pretext} ${reconstructionNote}</p><div class="grids">${reconstructionGrid('', pictures.reconstructions)}</div>`;
}

/** How to read the reconstruction grids. */
export const reconstructionNote =
  'PSNR is taken against the target; under an input that differs from its target, it says how much was there before the network did anything (from the 8-bit pictures). Where only hidden pixels count in the loss, the others of the reconstruction are those of the target.';

function predictions(run: Run, pictures: Pictures | undefined): Html {
  if (!pictures) return absent(picturesLeftOut);
  if (pictures.predictions.length === 0) return absent('The run folder holds no predicted pictures.');
  const classes = classesOf(run);
  const note =
    classes.length > 2 ? [html`<p>${colourNote}</p>`, classLegend(classes)] : html`<p>${outlineNote}</p>`;
  return html`${note}${predictionGrid(pictures.predictions)}`;
}

function runDetails(run: Run): Html {
  return html`${notesList(run.notes)}
${details('Splits', run.splits ? splitsTable('Lists in splits.json', run.splits) : absent('The split lists were not recorded.'))}
${details('Settings', Object.keys(run.config).length > 0 ? settingsTable('Resolved settings in config.yaml', run.config) : absent('The settings were not recorded.'))}
${details('Versions, machine and command', [environmentTable(run.environment), commandList([run.environment])])}`;
}
