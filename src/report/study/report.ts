import { count, listed } from '../../core/format.ts';
import { STUDY, STUDY_PATHS } from '../../records/entries.ts';
import { studyVerdict } from '../../study/analysis/verdict-text.ts';
import type { Pictures, Study } from '../model.ts';
import { details } from '../page/details.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { absent, page, type Section } from '../page/page.ts';
import { outlineNote, predictionGrid, reconstructionGrid } from '../page/picture-grids.ts';
import { picturesLeftOut, reconstructionNote } from '../run/run-report.ts';
import { auditsSection } from './audits.ts';
import { budgetsOf, underHeadings } from './budgets.ts';
import { distributionChart } from './charts.ts';
import { claimsSection } from './claims.ts';
import { curvesSection, pretrainingSection } from './curves.ts';
import { studyDetails } from './details.ts';
import { differencesSection } from './differences.ts';
import { labelsSection } from './labels.ts';
import { stabilitySection } from './stability.ts';
import { armTable, seedTable } from './tables.ts';
import { trustSection } from './trust.ts';

/** Pictures of one run. */
export interface RunPictures {
  readonly name: string;
  readonly seed: number;
  readonly pictures: Pictures;
}

/** Pictures of the first seed that has some: of each pretraining, and of each arm. */
export interface StudyPictures {
  readonly pretrainings: readonly RunPictures[];
  readonly arms: readonly RunPictures[];
  /** The budget of masks of those of the arms. */
  readonly labels?: string;
}

/** The report of a study. Without `pictures` they were not asked for. */
export function studyReport(study: Study, title: string, pictures: StudyPictures | undefined): Html {
  const [images, runs, epochs] = [STUDY.images.name, STUDY.runs.name, STUDY.epochs.name];
  const { comparisons } = STUDY_PATHS;
  const sections: Section[] = [
    {
      id: 'claims',
      title: 'The claims, arm by arm',
      body: claimsSection(study),
      from: [images, runs, epochs],
    },
    {
      id: 'differences',
      title: `Differences to ${study.baseline}`,
      body: differencesSection(study),
      from: [comparisons, images, runs],
    },
    { id: 'labels', title: 'What masks are worth', body: labelsSection(study), from: [comparisons, runs] },
    { id: 'training', title: 'Training curves', body: curvesSection(study), from: [epochs] },
    { id: 'stability', title: 'Stability', body: stabilitySection(study), from: [runs, epochs] },
    {
      id: 'audits',
      title: 'What the pretraining does, and what it gives',
      body: auditsSection(study),
      from: [comparisons, 'pretrain/audit/audit.json'],
    },
    { id: 'test', title: 'Test results', body: testResults(study), from: [images] },
    {
      id: 'trust',
      title: 'What was chosen, and what costs nothing',
      body: trustSection(study),
      from: [runs, epochs, images],
    },
    { id: 'reconstructions', title: 'Reconstructions', body: reconstructions(study, pictures) },
    {
      id: 'pretraining',
      title: 'Pretraining curves',
      body: pretrainingSection(study),
      from: ['pretrain/metrics.jsonl'],
    },
    { id: 'predictions', title: 'Predictions', body: predictions(study, pictures) },
    { id: 'details', title: 'Splits, settings and versions', body: studyDetails(study) },
  ];
  return page({
    title,
    subtitle: subtitle(study),
    verdict: [
      ...studyVerdict(study.findings).map(({ title, text }) =>
        title ? html`<strong>${title}:</strong> ${unbroken(text)}` : unbroken(text),
      ),
      ...progress(study),
    ],
    // Not every study has several budgets of masks, or a pretraining.
    sections: sections.filter(({ body }) => body !== undefined),
  });
}

/** With spaces at which no line ends within a number and its name. */
const unbroken = (text: string): string =>
  text.replace(/\bp ([=<]) /g, 'p\u00a0$1\u00a0').replaceAll('95 %', '95\u00a0%');

function subtitle(study: Study): string {
  const seeds = new Set([...study.trainings, ...study.tables.runs].map(({ seed }) => seed)).size;
  const titles = budgetsOf(study).map(({ title }) => title);
  return [
    `${count(study.arms.length, 'arm')} (${listed(study.arms)})`,
    ...(titles.length > 0 ? [listed(titles)] : []),
    count(seeds, 'seed'),
  ].join(', ');
}

/** How far a study under way has come. */
function progress({ planned = 0, tables }: Study): Content[] {
  const ended = tables.runs.length;
  return ended < planned ? [`${ended} of ${count(planned, 'fine-tuning')} have ended so far.`] : [];
}

function testResults(study: Study): Content {
  if (study.tables.images.length === 0) {
    return absent(
      'There are no test results: the study has no test set, or its runs have not come to the test yet.',
    );
  }
  return [
    underHeadings(budgetsOf(study), ({ labels }) =>
      study.tables.images.some((row) => row.labels === labels)
        ? [armTable(study, labels), html`<div class="charts">${distributionChart(study, labels)}</div>`]
        : undefined,
    ),
    details('Each run', seedTable(study)),
  ];
}

function reconstructions(study: Study, pictures: StudyPictures | undefined): Content {
  if (study.pretrainings.length === 0) return absent('The study holds no pretraining run.');
  if (!pictures) return absent(picturesLeftOut);
  const shown = pictures.pretrainings.filter((found) => found.pictures.reconstructions.length > 0);
  if (shown.length === 0) return absent('The run folders hold no reconstructed pictures.');
  return html`<p>Rows are images. ${reconstructionNote}</p>
<div class="grids">${shown.map(({ name, seed, pictures: { reconstructions: rows } }) =>
    reconstructionGrid(html`${name} <small>seed ${seed}</small>`, rows),
  )}</div>`;
}

/** More arms than these are folded away. */
const MOST_OPEN = 5;

function predictions(study: Study, pictures: StudyPictures | undefined): Content {
  if (!pictures) return absent(picturesLeftOut);
  const shown = pictures.arms.filter((found) => found.pictures.predictions.length > 0);
  if (shown.length === 0) return absent('The run folders hold no predicted pictures.');
  const budgets = budgetsOf(study);
  const place =
    budgets.length > 1 ? ` with ${budgets.find(({ labels }) => labels === pictures.labels)?.title}` : '';
  return html`<p>Test images with the best, the median and the worst Dice of each arm${place}. ${outlineNote}</p>
${shown.map(({ name, seed, pictures: { predictions: rows } }) =>
  shown.length > MOST_OPEN
    ? details(`${name}, seed ${seed}`, predictionGrid(rows))
    : html`<h3>${name}, seed ${seed}</h3>${predictionGrid(rows)}`,
)}`;
}
