import { z } from 'zod';
import type { PrimaryContrast } from '../../study/analysis/analysis.ts';
import type { Settings } from '../model.ts';

/** What the report takes from a study's `config.yaml`. */
export interface StudySettings {
  /** In the order of the config. */
  readonly arms: readonly string[];
  /** By arm: the pretraining that it starts from, as far as the config says. */
  readonly startOf: ReadonlyMap<string, string>;
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  readonly labels: readonly PlannedLabels[];
  /** How many fine-tunings there are to be; missing if the config does not say. */
  readonly planned?: number;
}

interface PlannedLabels {
  /** `88`, `10%` or `all` */
  readonly labels: string;
  /** Draws of masks of each seed. */
  readonly draws: number;
}

const seedCount = z.union([z.number(), z.array(z.unknown()).transform((seeds) => seeds.length)]);
const arm = z.object({
  pretraining: z.string().optional().catch(undefined),
  seeds: seedCount.optional().catch(undefined),
});
const noSettings: z.output<typeof arm> = {};
/** Older studies list the names of their arms. */
const arms = z.union([
  z.array(z.string()).transform((names) => Object.fromEntries(names.map((name) => [name, noSettings]))),
  z.record(z.string(), arm.catch(noSettings)),
]);
const text = z.union([z.string(), z.number()]).transform(String);
const config = z.object({
  arms: arms.catch({}),
  seeds: seedCount.optional().catch(undefined),
  baseline: z.string().optional().catch(undefined),
  labels: text.catch('all'),
  primary: z
    .object({ arm: z.string(), metric: z.string().default('dice'), labels: text.optional() })
    .optional()
    .catch(undefined),
});

export function studySettings(settings: Settings): StudySettings {
  const { arms: named, seeds, baseline, labels, primary } = config.parse(settings);
  const names = Object.keys(named);
  const counts = plannedLabels(labels);
  const draws = counts.reduce((sum, count) => sum + count.draws, 0);
  const planned = Object.values(named).map((settings) => settings.seeds ?? seeds);
  return {
    arms: names,
    startOf: new Map(
      Object.entries(named).flatMap(([name, { pretraining }]) => (pretraining ? [[name, pretraining]] : [])),
    ),
    baseline: baseline ?? (named.scratch || names.length === 0 ? 'scratch' : names[0]),
    ...(primary && { primary }),
    labels: counts,
    ...(planned.length > 0 &&
      planned.every((count) => count !== undefined) && {
        planned: draws * planned.reduce((sum, count) => sum + count, 0),
      }),
  };
}

/** `22x3,88` are three draws of 22 masks and one of 88. */
function plannedLabels(text: string): PlannedLabels[] {
  return text.split(',').map((part) => {
    const [, labels, draws] = /^(.*?)(?:x(\d+))?$/.exec(part.trim())!;
    return { labels, draws: Number(draws ?? 1) };
  });
}
