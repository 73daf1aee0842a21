import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { memoryHere } from '../core/memory.node.ts';
import { nearest } from '../core/nearest.ts';
import { parseSize } from '../core/size.ts';
import { canonicalLabels, parseDraws } from '../data/folders/labels.ts';
import { SCORE_COLUMNS, scoreColumn } from '../eval/score-columns.ts';
import type { PrimaryContrast } from '../records/study-findings.ts';
import { settledCrop } from '../settings/crop.ts';
import { parseSettings } from '../settings/parse.ts';
import { resolved, resolvePretrain, resolveTrain, withFullPaths } from '../settings/resolve.node.ts';
import { inOrder } from '../settings/setting.ts';
import { type StepSize, stepMemory } from '../settings/step-memory.ts';
import { ablationOf } from './ablation.ts';
import {
  ABLATIONS,
  ARMS,
  type ArmSettings,
  armSchema,
  PRETRAININGS,
  type PretrainingSettings,
  pretrainingSchema,
} from './arms.ts';
import { primarySchema, type StudyConfig, type StudyOptions, studySchema } from './config.ts';
import { learnsFromPlain, pretrainOptions, trainOptions } from './run/plan.ts';

/**
 * A study's settings with nothing left open: arms and pretrainings by name, with all that each has for itself.
 *
 * @param cores what `auto` threads become
 * @throws UserError for settings that cannot be used, also for those of an arm
 */
export function resolveStudy(options: StudyOptions, cores: number): StudyConfig {
  const config = parseSettings(studySchema, options);
  const whole = { ...config, ...settledCrop(config) };
  const { baseline: given, primary: named, ablate, ...settled } = resolved(studySchema, whole, cores);
  const ablation = ablate === undefined ? undefined : ablationOf(ablate, ABLATIONS);
  if (ablation && options.arms !== undefined) expectNoOthers(options.arms, ablation.arms);
  const arms = withFullPathsEach(armSchema, armsOf(ablation?.arms ?? config.arms, settled));
  const usual = ablation?.baseline ?? ('scratch' in arms ? 'scratch' : Object.keys(arms)[0]);
  const baseline = given ?? usual;
  expectArm('baseline', baseline, arms);
  const primary = named && primaryOf(named, { arms, baseline, labels: settled.labels });
  const open = {
    ...settled,
    arms,
    pretrainings: withFullPathsEach(pretrainingSchema, pretrainingsOf(arms, config.pretrainings, settled)),
    baseline,
    ...(primary && { primary }),
  };
  const jobs = config.jobs === 'auto' ? jobsFor(open, memoryHere()) : config.jobs;
  const study = inOrder(studySchema, { ...open, jobs });
  expectRuns(study, cores);
  if (ablation) expectParts(study, ablation.baseline, cores);
  return study;
}

/** An ablation that is resumed has its arms already. */
function expectNoOthers(given: unknown, arms: Readonly<Record<string, ArmSettings>>): void {
  if (isDeepStrictEqual(given, arms)) return;
  throw new UserError({
    what: 'ablate',
    got: 'arms, too',
    expected: 'a recipe, whose parts make the arms',
    fix: 'leave out --ablate, or --arms and the arms of the settings file',
  });
}

/** @throws UserError where leaving out a part changes nothing, as the study itself says what it says */
function expectParts(study: StudyConfig, recipe: string, cores: number): void {
  const [draw] = parseDraws(study.labels);
  const settingsOf = (arm: string) =>
    resolveTrain(
      trainOptions(study, { phase: 'train', arm, seed: 0, ...draw }, () => arm),
      cores,
    );
  const whole = settingsOf(recipe);
  for (const arm of Object.keys(study.arms)) {
    if (arm === recipe || !isDeepStrictEqual(settingsOf(arm), whole)) continue;
    throw new UserError({
      what: 'ablate',
      got: `${arm}, which is the same as ${recipe}`,
      expected: 'a study that does not itself say what a part of the recipe says',
      fix: `leave ${Object.keys(study.arms[recipe]).join(', ')} out of the study's own settings`,
    });
  }
}

/**
 * How many runs are done at the same time: one per two threads, because a step is not much faster with more. Each
 * needs memory, of which a quarter stays free.
 */
export function jobsFor(
  settings: LargestRun & Pick<StudyConfig, 'threads' | 'memory'>,
  bytes: number,
): number {
  const most = Math.floor((0.75 * bytes - settings.memory) / memoryOfLargest(settings));
  return Math.max(1, Math.min(Math.floor(settings.threads / 2), most));
}

type LargestRun = Pick<StudyConfig, 'size' | 'batch' | 'trainEncoder' | 'arms' | 'pretrainings'>;

/** The peak memory of the run that needs most, in bytes, without decoded images. */
export const memoryOfLargest = (settings: LargestRun): number => stepMemory(largestStep(settings));

/**
 * The step that needs most memory.
 *
 * @param most images of a kind in it at most: as many as there are
 */
export function largestStep(
  { size, batch, trainEncoder, arms, pretrainings }: LargestRun,
  most = Number.POSITIVE_INFINITY,
): StepSize {
  const own: readonly ArmSettings[] = [...Object.values(arms), ...Object.values(pretrainings)];
  const steps = own.map((settings) => {
    const plain = learnsFromPlain(settings) ? (settings.plainBatch ?? batch) : 0;
    const images = Math.min(batch, most) + Math.min(plain, most);
    const trained = ![false, 'none'].includes(settings.trainEncoder ?? trainEncoder);
    return { ...parseSize(size), images, trained };
  });
  return steps.reduce((one, other) => (stepMemory(other) > stepMemory(one) ? other : one));
}

type Given = Pick<StudyConfig, 'sigma' | 'correlation' | 'size'>;

/** Names in the folder of a study, and part of the names of its files. */
const NAME = /^[A-Za-z][A-Za-z0-9+._-]*$/;
const TAKEN = ['weights', 'images', 'report', 'audit', 'rounds', 'pseudo', 'tensorboard', 'slurm'];

function expectName(what: string, name: string): void {
  if (NAME.test(name) && !TAKEN.includes(name)) return;
  throw new UserError({
    what,
    got: `the name "${name}"`,
    expected: `a letter, then letters, digits, + . _ or -; and none of ${TAKEN.join(', ')}`,
    fix: 'choose another name',
  });
}

/** Arms of a list of names, or of a mapping from names to what the study's own arm of that name, if any, does not have. */
function armsOf(arms: StudyOptions['arms'], given: Given): Record<string, ArmSettings> {
  const entries =
    typeof arms === 'object' && !Array.isArray(arms)
      ? Object.entries(arms)
      : namesIn(arms ?? []).map((name): [string, unknown] => [name, {}]);
  if (entries.length === 0) throw new UserError({ what: 'arms', got: 'none', expected: 'at least one' });
  return Object.fromEntries(
    entries.map(([name, settings]) => {
      expectName('arms', name);
      const own = parseSettings(armSchema, settings ?? {}, ['arms', name]);
      const known = Object.hasOwn(ARMS, name) ? ARMS[name](given) : undefined;
      if (!known && Object.keys(own).length === 0) {
        throw new UserError({
          what: 'arms',
          got: `the unknown arm ${name}`,
          expected: `each of ${Object.keys(ARMS).join(', ')}, or an arm that a settings file defines`,
          fix: `did you mean ${nearest(name, Object.keys(ARMS))}?`,
        });
      }
      return [name, { ...known, ...own }];
    }),
  );
}

function namesIn(list: string | readonly string[]): string[] {
  const names = (typeof list === 'string' ? list.split(',') : list).map((name) =>
    name.trim().replace(/^partial:/, 'partial-'),
  );
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw new UserError({
    what: 'arms',
    got: `${names.join(',')}, in which ${twice} comes twice`,
    expected: 'each arm at most once',
  });
}

/** The pretrainings that arms name: the study's own, with what is given for them, or those that are given. */
function pretrainingsOf(
  arms: Readonly<Record<string, ArmSettings>>,
  defined: Readonly<Record<string, unknown>>,
  given: Given,
): Record<string, PretrainingSettings> {
  const parsed = new Map(
    Object.entries(defined).map(([name, settings]) => {
      expectName('pretrainings', name);
      return [name, parseSettings(pretrainingSchema, settings ?? {}, ['pretrainings', name])];
    }),
  );
  const wanted = new Set(Object.values(arms).flatMap(({ pretraining }) => pretraining ?? []));
  return Object.fromEntries(
    [...wanted].map((name) => {
      const known = Object.hasOwn(PRETRAININGS, name) ? PRETRAININGS[name](given) : undefined;
      if (!known && !parsed.has(name)) {
        const names = [...new Set([...Object.keys(PRETRAININGS), ...parsed.keys()])];
        throw new UserError({
          what: 'pretraining',
          got: `the unknown pretraining ${name}`,
          expected: `one of ${names.join(', ')}`,
          fix: `did you mean ${nearest(name, names)}? Others are defined under pretrainings:`,
        });
      }
      return [name, { ...known, ...parsed.get(name) }];
    }),
  );
}

function withFullPathsEach<T extends object>(
  schema: z.ZodObject,
  settings: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, each]) => [name, withFullPaths(schema, each)]),
  );
}

function expectArm(what: string, name: string, arms: Readonly<Record<string, unknown>>): void {
  if (Object.hasOwn(arms, name)) return;
  const names = Object.keys(arms);
  throw new UserError({
    what,
    got: `"${name}"`,
    expected: `an arm of the study: ${names.join(', ')}`,
    fix: `did you mean ${nearest(name, names)}?`,
  });
}

/** @param primary `arm`, `arm:metric`, `arm:metric:class`, or a mapping */
function primaryOf(
  primary: NonNullable<StudyOptions['primary']>,
  study: Pick<StudyConfig, 'arms' | 'baseline' | 'labels'>,
): PrimaryContrast {
  // Of `arm:dice:polyp` the metric is all behind the arm.
  const [, name, measure] = typeof primary === 'string' ? (/^([^:]*)(?::(.*))?$/.exec(primary) ?? []) : [];
  const settings = typeof primary === 'string' ? { arm: name, ...(measure && { metric: measure }) } : primary;
  const { arm, metric, labels } = parseSettings(primarySchema, settings, ['primary']);
  expectArm('primary', arm, study.arms);
  if (arm === study.baseline) {
    throw new UserError({
      what: 'primary',
      got: `${arm}, which is the baseline`,
      expected: 'another arm, which is compared with it',
      fix: 'name another arm, or another baseline',
    });
  }
  if (!scoreColumn(metric)) {
    throw new UserError({
      what: 'primary',
      got: `the metric "${metric}"`,
      expected: `one of ${SCORE_COLUMNS.join(', ')}, or that of a class, such as dice:polyp`,
      fix: `did you mean ${nearest(metric, SCORE_COLUMNS)}?`,
    });
  }
  const budgets = [...new Set(parseDraws(study.labels).map((draw) => draw.labels))];
  const at = labels === undefined ? undefined : canonicalLabels(labels);
  if (at === undefined ? budgets.length > 1 : !budgets.includes(at)) {
    throw new UserError({
      what: 'primary',
      got: at === undefined ? 'no labels, where the study has several' : `labels ${at}`,
      expected: `labels: one of ${budgets.join(', ')}`,
    });
  }
  return { arm, metric, labels: at ?? budgets[0] };
}

/** What a decoder was pretrained on has to be what it is trained on. */
const OF_BOTH = ['encoder', 'encoderInput', 'encoderTaps', 'imageSkip'] as const;

/** Reads the settings of every kind of run as the run itself will, so that none of them can be refused later. */
function expectRuns(study: StudyConfig, cores: number): void {
  for (const [arm, settings] of Object.entries(study.arms)) {
    if (!settings.pretraining) continue;
    const other = study.pretrainings[settings.pretraining];
    const key = OF_BOTH.find((name) => (settings[name] ?? study[name]) !== (other[name] ?? study[name]));
    if (!key) continue;
    throw new UserError({
      what: `arm ${arm}: ${key}`,
      got: String(settings[key] ?? study[key] ?? 'none'),
      expected: `${other[key] ?? study[key]}, as in its pretraining ${settings.pretraining}`,
      fix: 'give both the same',
    });
  }
  for (const arm of Object.keys(study.pretrainings)) {
    inNameOf(`pretraining ${arm}`, () =>
      resolvePretrain(pretrainOptions(study, { phase: 'pretrain', arm, seed: 0 }), cores),
    );
  }
  const [draw] = parseDraws(study.labels);
  for (const arm of Object.keys(study.arms)) {
    inNameOf(`arm ${arm}`, () =>
      resolveTrain(
        trainOptions(study, { phase: 'train', arm, seed: 0, ...draw }, () => arm),
        cores,
      ),
    );
  }
}

function inNameOf(what: string, resolve: () => unknown): void {
  try {
    resolve();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError({ ...error.complaint, what: `${what}: ${error.complaint.what}` });
  }
}
