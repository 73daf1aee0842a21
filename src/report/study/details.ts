import { listed } from '../../core/format.ts';
import type { FineTuningRun, Run, Study } from '../model.ts';
import {
  commandList,
  comparedSettings,
  details,
  environmentTable,
  notesList,
  settingsTable,
  splitsTable,
} from '../page/details.ts';
import { type Content, html } from '../page/html.ts';
import { absent } from '../page/page.ts';
import { runsTable } from './tables.ts';

/** What the study consists of, and how it was made; all of it folded away. */
export function studyDetails(study: Study): Content {
  const { pretrainings, trainings } = study;
  const named = [
    ...pretrainings.map(({ name, run }) => ({ name, run })),
    ...trainings.map(({ arm: name, run }) => ({ name, run })),
  ];
  const runs = named.map(({ run }) => run);
  const pretrained = firstSettings(named.filter(({ run }) => run.kind === 'pretrain'));
  const trained = firstSettings(named.filter(({ run }) => run.kind === 'train'));
  return [
    notesList(study.notes),
    details('Runs', runs.length > 0 ? runsTable(study) : absent('There are no runs yet.')),
    details('Splits', [
      splitSentence(trainings),
      splits('Segmentation training', trainings),
      splits('Pretraining', pretrainings),
    ]),
    details('Settings', [
      Object.keys(study.config).length > 0
        ? settingsTable('Settings of the study', study.config)
        : absent('The settings of the study were not recorded.'),
      pretrained.length > 0 && comparedSettings('Pretraining, first seed of each', pretrained),
      trained.length > 0 && comparedSettings('Segmentation training, first run of each arm', trained),
    ]),
    details('Versions, machine and commands', [
      environmentTable(
        Object.keys(study.environment).length > 0 ? study.environment : (runs[0]?.environment ?? {}),
      ),
      commandList([study, ...runs].map(({ environment }) => environment)),
    ]),
  ];
}

/** Of the first run of each name. */
function firstSettings(runs: readonly { readonly name: string; readonly run: Run }[]) {
  const first = new Map(runs.toReversed().map(({ name, run }) => [name, run.config]));
  return [...first]
    .reverse()
    .flatMap(([name, settings]) => (Object.keys(settings).length > 0 ? [{ name, settings }] : []));
}

function splits(title: string, runs: readonly { readonly run: Run }[]): Content {
  const lists = runs.find(({ run }) => run.splits)?.run.splits;
  return lists && splitsTable(`${title}, first run`, lists);
}

/** Says whether runs that are compared were trained and tested on the same lists, which a fair comparison needs. */
function splitSentence(trainings: readonly FineTuningRun[]): Content {
  const lists = new Map<string, { readonly where: string; readonly found: Set<string> }>();
  for (const { labels, draw, seed, fold, run } of trainings) {
    if (!run.splits) continue;
    const key = JSON.stringify([labels, draw, seed, fold]);
    const where = `seed ${seed} with ${labels} masks${draw > 0 ? `, draw ${draw}` : ''}${fold === undefined ? '' : `, fold ${fold}`}`;
    const same = lists.get(key) ?? { where, found: new Set() };
    lists.set(key, same);
    same.found.add(JSON.stringify(run.splits));
  }
  if (lists.size === 0) return absent('The split lists were not recorded.');
  const differing = [...lists.values()].filter(({ found }) => found.size > 1).map(({ where }) => where);
  return html`<p>${
    differing.length === 0
      ? 'Within each seed, all arms have the same training, validation and test lists.'
      : `The arms do not have the same lists for ${listed(differing)}, so they cannot be compared fairly there.`
  }</p>`;
}
