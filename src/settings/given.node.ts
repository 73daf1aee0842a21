import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { laidOver } from './augmentation.ts';
import { overridden } from './overrides.ts';
import { expectKnownKeys } from './parse.ts';
import { DEFAULT_RECIPE, decidedBy, RECIPE_NAMES, type RecipeName } from './recipes.ts';
import { resolveTrain } from './resolve.node.ts';

type Settings = Readonly<Record<string, unknown>>;

/** A file of settings, as it is read. */
export interface SettingsFile {
  readonly path: string;
  /** With `kind` if a run or a study wrote it. */
  readonly content: Settings;
}

/** All that a command is given. */
export interface Given {
  /** Later ones above earlier ones. */
  readonly files: readonly SettingsFile[];
  /** As `overridden` reads them, above the files. */
  readonly overrides: readonly string[];
  /** Above all. */
  readonly flags: Settings;
}

/**
 * The settings of a command: flags above `--set` above files. What a file's user has written stays unless it is given again. A file
 * that a training wrote leaves nothing open, so what its recipe had set goes where another recipe is given, and where a setting
 * is given that decides it; values that differ from the recipe's were chosen, and stay.
 *
 * @param schema that of a training, or one without recipes
 * @throws UserError for a key that a file has and the schema does not, and for overrides that cannot be read
 */
export function settingsOfCommand(
  schema: z.ZodObject,
  { files, overrides, flags }: Given,
): Record<string, unknown> {
  let [written, own]: [Settings, Settings] = [{}, {}];
  for (const { content } of files) {
    const { kind, ...settings } = content;
    if (kind === undefined) own = laidOver(own, settings);
    else [written, own] = [settings, {}];
  }
  const whole = overridden({ ...written, ...own }, overrides);
  const set = new Set(overrides.map((override) => override.split(/[.=]/, 1)[0]));
  const isLeft = ([name]: [string, unknown]) => Object.hasOwn(whole, name);
  written = Object.fromEntries(Object.entries(written).filter(isLeft));
  own = Object.fromEntries(
    Object.entries(whole).filter(([name]) => set.has(name) || Object.hasOwn(own, name)),
  );
  for (const { path, content } of files) {
    const { kind, ...settings } = content;
    expectKnownKeys(schema, Object.fromEntries(Object.entries(settings).filter(isLeft)), path);
  }
  return laidOverRun(schema, written, laidOver(own, flags));
}

const isRecipe = (name: unknown): name is RecipeName => RECIPE_NAMES.some((known) => known === name);

/** What a training of a recipe comes to, as its config.yaml has it. */
const writtenOut = (recipe: RecipeName) =>
  resolveTrain({ data: 'data', encoder: 'random', recipe }, 1) as unknown as Settings;

function laidOverRun(schema: z.ZodObject, written: Settings, given: Settings): Record<string, unknown> {
  const of = 'recipe' in schema.shape && (written.recipe ?? DEFAULT_RECIPE);
  if (!isRecipe(of)) return laidOver(written, given);
  const before = writtenOut(of);
  const replaced = decidedBy(given, before);
  if (isRecipe(given.recipe)) {
    const after = writtenOut(given.recipe);
    replaced.push(...Object.keys(before).filter((name) => !isDeepStrictEqual(before[name], after[name])));
  }
  const gone = replaced.filter((name) => isDeepStrictEqual(written[name], before[name]));
  const kept = Object.entries(written).filter(([name]) => !gone.includes(name));
  return laidOver(Object.fromEntries(kept), given);
}
