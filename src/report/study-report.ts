import {
  commandList,
  comparedSettings,
  details,
  environmentTable,
  notesList,
  settingsTable,
  splitsTable,
} from './details.ts';
import { count, listed } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import { type Member, membersOf, type Pictures, type RunKind, type Study } from './model.ts';
import { absent, page } from './page.ts';
import { outlineNote, predictionGrid, reconstructionGrid } from './picture-grids.ts';
import { picturesLeftOut, reconstructionNote } from './run-report.ts';
import { curveCharts, seedNote, testCharts } from './study-charts.ts';
import { armTable, differenceTable, runsTable, seedTable } from './study-tables.ts';
import { studyVerdict } from './verdict.ts';

/** Pictures of each arm's first seed, by arm. */
export type StudyPictures = Readonly<
  Record<RunKind, ReadonlyMap<string, { seed: number; pictures: Pictures }>>
>;

/** The report of a study. Without `pictures` they were not asked for. */
export function studyReport(study: Study, title: string, pictures: StudyPictures | undefined): Html {
  const seeds = new Set(study.members.map(({ seed }) => seed)).size;
  return page({
    title,
    subtitle: `${count(study.arms.length, 'arm')} (${listed(study.arms)}), ${count(seeds, 'seed')}`,
    verdict: studyVerdict(study),
    sections: [
      { id: 'test', title: 'Test results', body: [gaps(study), testResults(study)] },
      { id: 'reconstructions', title: 'Reconstructions', body: reconstructions(study, pictures) },
      { id: 'pretraining', title: 'Pretraining curves', body: pretraining(study) },
      { id: 'training', title: 'Segmentation training curves', body: training(study) },
      { id: 'predictions', title: 'Predictions', body: predictions(pictures) },
      { id: 'details', title: 'Splits, settings and versions', body: studyDetails(study) },
    ],
  });
}

/** Which runs have no test results, if any. */
function gaps(study: Study): Content {
  const seeds = new Set(study.members.map(({ seed }) => seed)).size;
  const planned = study.arms.length * Math.max(study.plannedSeeds ?? 0, seeds);
  const tested = study.members.filter(({ test }) => test.length > 0).length;
  return (
    tested > 0 &&
    tested < planned &&
    absent(`${tested} of ${count(planned, 'run')} have test results so far.`)
  );
}

function testResults(study: Study): Content {
  if (study.members.every(({ test }) => test.length === 0))
    return absent(
      'There are no test results: the study has no test set, or its runs stopped before the test.',
    );
  return [
    armTable(study),
    html`<div class="charts">${testCharts(study)}</div>`,
    differenceTable(study),
    seedTable(study),
  ];
}

function reconstructions(study: Study, pictures: StudyPictures | undefined): Content {
  if (!study.members.some(({ pretrain }) => pretrain)) return absent('The study holds no pretraining run.');
  if (!pictures) return absent(picturesLeftOut);
  const arms = [...pictures.pretrain].filter(([, found]) => found.pictures.reconstructions.length > 0);
  if (arms.length === 0) return absent('The run folders hold no reconstructed pictures.');
  return html`<p>Rows are images. ${reconstructionNote}</p>
<div class="grids">${arms.map(([arm, found]) =>
    reconstructionGrid(html`${arm} <small>seed ${found.seed}</small>`, found.pictures.reconstructions),
  )}</div>`;
}

function pretraining(study: Study): Content {
  if (!study.members.some(({ pretrain }) => pretrain)) return absent('The study holds no pretraining run.');
  const charts = curveCharts(study, 'pretrain');
  if (charts.length === 0) return absent('No epoch of pretraining has been recorded yet.');
  return html`<p>${seedNote} Different pretext tasks have different targets: how low an arm's error is says nothing about which arm is better.</p>
<div class="charts">${charts}</div>`;
}

function training(study: Study): Content {
  const charts = curveCharts(study, 'train');
  if (charts.length === 0) return absent('No epoch of segmentation training has been recorded yet.');
  return html`<p>${seedNote}</p><div class="charts">${charts}</div>`;
}

function predictions(pictures: StudyPictures | undefined): Content {
  if (!pictures) return absent(picturesLeftOut);
  const arms = [...pictures.train].filter(([, found]) => found.pictures.predictions.length > 0);
  if (arms.length === 0) return absent('The run folders hold no predicted pictures.');
  return html`<p>Test images with the best, the median and the worst Dice of each arm. ${outlineNote}</p>
${arms.map(([arm, found]) => html`<h3>${arm}, seed ${found.seed}</h3>${predictionGrid(found.pictures.predictions)}`)}`;
}

function studyDetails(study: Study): Content {
  const firstOf = (kind: RunKind) =>
    study.arms.flatMap((arm) => {
      const run = membersOf(study, arm).find((member) => member[kind])?.[kind];
      return run && Object.keys(run.config).length > 0 ? [{ name: arm, settings: run.config }] : [];
    });
  const [trained, pretrained] = [firstOf('train'), firstOf('pretrain')];
  const runs = study.members
    .flatMap(({ pretrain, train }) => [pretrain, train])
    .filter((run) => run !== undefined);
  return [
    notesList(study.notes),
    details('Runs', runs.length > 0 ? runsTable(study) : absent('There are no runs yet.')),
    details('Splits', [splitSentence(study), splits(study, 'train'), splits(study, 'pretrain')]),
    details('Settings', [
      Object.keys(study.config).length > 0
        ? settingsTable('Settings of the study', study.config)
        : absent('The settings of the study were not recorded.'),
      pretrained.length > 0 && comparedSettings('Pretraining, first seed of each arm', pretrained),
      trained.length > 0 && comparedSettings('Segmentation training, first seed of each arm', trained),
    ]),
    details('Versions, machine and commands', [
      environmentTable(
        Object.keys(study.environment).length > 0 ? study.environment : (runs[0]?.environment ?? {}),
      ),
      commandList([study, ...runs].map(({ environment }) => environment)),
    ]),
  ];
}

function splits(study: Study, kind: RunKind): Content {
  const run = study.members.find((member) => member[kind]?.splits)?.[kind];
  if (!run?.splits) return undefined;
  return splitsTable(`${kind === 'train' ? 'Segmentation training' : 'Pretraining'}, first run`, run.splits);
}

/** Says whether the arms of a seed were trained and tested on the same lists, which a fair comparison needs. */
function splitSentence(study: Study): Content {
  const withSplits = study.members.filter((member) => member.train?.splits);
  if (withSplits.length === 0) return absent('The split lists were not recorded.');
  const listsOf = (member: Member) => JSON.stringify(member.train?.splits);
  const differing = [...new Set(withSplits.map(({ seed }) => seed))].filter(
    (seed) => new Set(withSplits.filter((member) => member.seed === seed).map(listsOf)).size > 1,
  );
  return html`<p>${
    differing.length === 0
      ? 'Within each seed, all arms have the same training, validation and test lists.'
      : `The arms do not have the same lists for ${differing.length === 1 ? 'seed' : 'seeds'} ${listed(differing.map(String))}, so they cannot be compared fairly there.`
  }</p>`;
}
