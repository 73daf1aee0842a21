import { type FigureName, figuresOf as figuresOfAudit } from '../../src/audit/figures.ts';
import { mean } from '../../src/core/mean.ts';
import { STUDY } from '../../src/records/entries.ts';
import { expectEntry } from '../../src/records/entry.node.ts';
import type { BudgetAnalysis, ClaimName, StudyFindings } from '../../src/records/study-findings.ts';
import { readTables } from '../../src/records/study-tables.node.ts';
import type { RunRow, StudyTables } from '../../src/records/study-tables.ts';
import { analyseMetrics } from '../../src/study/analysis/metrics.ts';
import type { StudyConfig } from '../../src/study/config.ts';
import { readAudits } from './audits.ts';

export type StudyFigures = Awaited<ReturnType<typeof figuresOf>>;

/** The kept studies by their names in camel case: `kvasir-88` is `kvasir88`. */
export type Studies = Readonly<Record<string, StudyFigures>>;

/** What all studies together come to. */
export function totalOf(studies: Studies) {
  const all = Object.values(studies);
  const sum = (of: (study: StudyFigures) => number) => all.reduce((total, study) => total + of(study), 0);
  return {
    studies: all.length,
    fineTunings: sum(({ fineTunings }) => fineTunings),
    pretrainings: sum(({ pretrainings }) => pretrainings),
    hours: sum(({ hours }) => hours),
  };
}

/**
 * What documents quote of a study, by name.
 *
 * @param folder with its tables, and the `analysis.json` that was made from them
 */
export async function figuresOf(folder: string) {
  const tables = await readTables(folder);
  const times = await expectEntry(folder, STUDY.times);
  const findings = await expectEntry(folder, STUDY.findings);
  const audits = await readAudits(folder);
  const budgets = findings.budgets.map((budget) => atBudget(budget, tables, findings));
  return {
    findings,
    settings: (await expectEntry(folder, STUDY.settings)) as unknown as StudyConfig,
    /** The baseline first. */
    arms: findings.arms,
    fineTunings: tables.runs.length,
    pretrainings: times.filter(({ phase }) => phase === 'pretrain').length,
    /** Of all runs, one after the other. */
    hours: times.reduce((sum, { seconds }) => sum + Number(seconds), 0) / 3600,
    testImages: new Set(tables.images.map(({ image }) => image)).size,
    /** Arms of which a claim is supported or contradicted, with any budget. */
    decided: (claim: ClaimName = 'better_score') =>
      findings.claims
        .filter(({ verdict }) => verdict === 'supported' || verdict === 'contradicted')
        .filter((one) => one.claim === claim)
        .map(({ arm }) => arm),
    at: (labels: string | number) => {
      const at = findings.budgets.findIndex((budget) => budget.labels === `${labels}`);
      if (at < 0) throw new Error(`no runs with ${labels} masks`);
      return budgets[at];
    },
    area: (arm: string) => compared(found(findings.efficiency!.area, { arm })),
    saved: (arm: string, labels: string | number) =>
      found(findings.efficiency!.masks_saved, { arm, labels: `${labels}` }),
    /** Every score of a run, a line a test image. */
    scores: (arm: string, seed: number) =>
      tables.images
        .filter((row) => row.arm === arm && row.seed === seed)
        .map(({ image, scores }) => [image, ...Object.values(scores)].join())
        .join('\n'),
    /** What the audit of a pretraining's first network found: its label, its figures, the share of each path. */
    audit: (pretraining: string) => {
      const audit = audits.get(pretraining);
      if (!audit) throw new Error(`no audit of ${pretraining}`);
      const { leak, label } = audit.verdict;
      const figures = Object.entries(figuresOfAudit(audit, leak)).map(([name, value]) => [
        name,
        value ?? Number.NaN,
      ]);
      const share = (path: string) => found(audit.paths, { name: path }).shapley ?? Number.NaN;
      return { ...(Object.fromEntries(figures) as Record<FigureName, number>), share, label };
    },
  };
}

function atBudget(
  budget: BudgetAnalysis,
  { images, runs, epochs }: StudyTables,
  { baseline, claims }: StudyFindings,
) {
  const runsOf = (arm: string) => runs.filter((run) => run.arm === arm && run.labels === budget.labels);
  const over = (arm: string, numberOf: (run: RunRow) => number) => mean(runsOf(arm).map(numberOf));
  const dice = found(budget.metrics, { metric: 'dice' });
  return {
    masks: budget.masks,
    seeds: (arm: string) => new Set(runsOf(arm).map(({ seed }) => seed)).size,
    steps: (arm: string) => over(arm, ({ steps }) => steps),
    /** Of Dice over seeds and images. */
    mean: (arm: string) => found(dice.means, { arm }).mean,
    /** Of Dice to the baseline. */
    gain: (arm: string) => compared(found(dice.comparisons, { arm })),
    /** Of the lowest validation loss. */
    loss: (arm: string) => compared(found(budget.lowest_val_loss, { arm })),
    /** To the validation Dice that they are counted to. */
    epochs: (arm: string) => compared(found(budget.epochs_to_level!.comparisons, { arm })),
    /** Of the change of the validation loss from epoch to epoch. */
    unrest: (arm: string) => compared(found(budget.stability.over_epochs, { arm })),
    /** Of the standard deviation of Dice over seeds. */
    spread: (arm: string) => {
      const spread = found(budget.stability.over_seeds, { arm });
      return { ...spread, ratio: Math.sqrt(spread.ratio) };
    },
    /** Means over the runs of an epoch, from 1. */
    epoch: (arm: string, epoch: number) => {
      const rows = epochs.filter(
        (row) => row.arm === arm && row.labels === budget.labels && row.epoch === epoch,
      );
      const of = (column: 'train_loss' | 'val_loss' | 'val_dice') =>
        mean(rows.map((row) => row[column] ?? Number.NaN));
      const theirs = (seed: number) =>
        epochs.find(
          (row) =>
            row.arm === baseline && row.labels === budget.labels && row.epoch === epoch && row.seed === seed,
        );
      return {
        ...{ train_loss: of('train_loss'), val_loss: of('val_loss'), val_dice: of('val_dice') },
        /** Seeds in which the validation loss is lower than the baseline's. */
        lower: rows.filter((row) => row.val_loss! < theirs(row.seed)!.val_loss!).length,
      };
    },
    /** Of Dice, as if `other` were the baseline and no third arm there. */
    between: (arm: string, other: string) => {
      const rows = images
        .filter((row) => row.labels === budget.labels && [arm, other].includes(row.arm))
        .map((row) => ({ ...row, scores: { dice: row.scores.dice } }));
      const [{ comparisons }] = analyseMetrics(rows, [other, arm], () => undefined);
      return compared(comparisons[0]);
    },
    verdict: (arm: string, claim: ClaimName = 'better_score') =>
      found(claims, { arm, claim, labels: budget.labels }).verdict,
  };
}

const compared = <C extends { readonly ci95?: readonly [number, number] }>(comparison: C) => {
  const { ci95: [low, high] = [Number.NaN, Number.NaN], ...rest } = comparison;
  return { ...rest, low, high };
};

/** The first entry that has these values. */
function found<Entry extends object>(list: readonly Entry[], wanted: Partial<Entry>): Entry {
  const match = list.find((entry) =>
    Object.entries(wanted).every(([key, value]) => entry[key as keyof Entry] === value),
  );
  if (!match) throw new Error(`nothing of ${Object.values(wanted).join(', ')}`);
  return match;
}
