import { z } from 'zod';
import { parseDraws } from '../../data/folders/labels.ts';
import type { PrimaryContrast } from '../../records/study-findings.ts';
import type { Settings } from '../model.ts';

/** What the report takes from a study's `config.yaml`. */
export interface StudySettings {
  /** In the order of the config. */
  readonly arms: readonly string[];
  /** By arm: the pretraining that it starts from, as far as the config says. */
  readonly startOf: ReadonlyMap<string, string>;
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  /** `88`, `10%` or `all`, in the order of the config. */
  readonly budgets: readonly string[];
  /** How many fine-tunings there are to be; missing if the config does not say. */
  readonly planned?: number;
}

const count = z.number().optional().catch(undefined);
const arm = z.object({ pretraining: z.string().optional().catch(undefined), seeds: count });
const noSettings: z.output<typeof arm> = {};
const text = z.union([z.string(), z.number()]).transform(String);
const config = z.object({
  arms: z.record(z.string(), arm.catch(noSettings)).catch({}),
  seeds: count,
  folds: count,
  baseline: z.string().optional().catch(undefined),
  labels: text.catch('all'),
  primary: z.object({ arm: z.string(), metric: z.string(), labels: text }).optional().catch(undefined),
});

export function studySettings(settings: Settings): StudySettings {
  const { arms: named, seeds, folds = 1, baseline, labels, primary } = config.parse(settings);
  const names = Object.keys(named);
  const draws = parseDraws(labels);
  const seedsOf = Object.values(named).map((settings) => settings.seeds ?? seeds);
  const known = seedsOf.filter((count) => count !== undefined);
  return {
    arms: names,
    startOf: new Map(
      Object.entries(named).flatMap(([name, { pretraining }]) => (pretraining ? [[name, pretraining]] : [])),
    ),
    baseline: baseline ?? (named.scratch || names.length === 0 ? 'scratch' : names[0]),
    ...(primary && { primary }),
    budgets: [...new Set(draws.map((draw) => draw.labels))],
    ...(names.length > 0 &&
      known.length === names.length && {
        planned: folds * draws.length * known.reduce((sum, count) => sum + count, 0),
      }),
  };
}
