import { basename, isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../core/errors.ts';
import type { StudyConfig } from '../config.ts';
import { seedsOf } from './plan.ts';

/**
 * The settings of an earlier start of a study, with the arms, pretrainings and seeds that were added since. Nothing else may
 * be changed. The finished runs stay valid, because none of them depends on the number of arms or seeds.
 *
 * @throws UserError if an arm is missing, has other settings, or fewer seeds
 */
export function grownStudy(before: StudyConfig, now: StudyConfig): StudyConfig {
  for (const [name, settings] of Object.entries(before.arms)) {
    const same = now.arms[name];
    if (!same) throw changed(`arm ${name}`, 'no such arm', 'it, as the study was started with it');
    expectSame(`arm ${name}`, { ...settings, seeds: undefined }, { ...same, seeds: undefined });
    const [then, seeds] = [seedsOf(before, name), seedsOf(now, name)];
    if (seeds < then) throw changed(`arm ${name}`, `${seeds} seeds`, `at least the ${then} there were`);
  }
  for (const [name, settings] of Object.entries(before.pretrainings)) {
    expectSame(`pretraining ${name}`, settings, now.pretrainings[name]);
  }
  return { ...before, arms: now.arms, pretrainings: now.pretrainings, seeds: now.seeds };
}

function expectSame(what: string, before: object, now: object): void {
  if (isDeepStrictEqual(withoutFolders(before), withoutFolders(now))) return;
  throw changed(what, JSON.stringify(now), `${JSON.stringify(before)}, with which the study was started`);
}

function changed(what: string, got: string, expected: string): UserError {
  const fix = 'leave it as it was, add arms or seeds, or start another study';
  return new UserError({ what: `earlier runs: ${what}`, got, expected, fix });
}

/** Files are compared by their content, in the runs; their paths may differ. */
function withoutFolders(settings: object): object {
  return Object.fromEntries(
    Object.entries(settings ?? {}).map(([key, value]) => [
      key,
      typeof value === 'string' && isAbsolute(value) ? basename(value) : value,
    ]),
  );
}
