import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { ArmSettings } from './arms.ts';

/** What a recipe is made of: by name, the settings of each part. */
export type Parts = Readonly<Record<string, ArmSettings>>;

/** The settings of all parts; where two have the same, the later one's. */
export function together(parts: Parts): ArmSettings {
  return Object.assign({}, ...Object.values(parts));
}

/**
 * The arms of an ablation: the recipe, which is the baseline, and for each of its parts the recipe without it, by the name
 * `RECIPE-without-PART`. What a part sets is then the study's.
 *
 * @throws UserError for a recipe that is not known
 */
export function ablationOf(
  name: string,
  recipes: Readonly<Record<string, Parts>>,
): { readonly baseline: string; readonly arms: Readonly<Record<string, ArmSettings>> } {
  if (!Object.hasOwn(recipes, name)) {
    const known = Object.keys(recipes);
    throw new UserError({
      what: 'ablate',
      got: `"${name}"`,
      expected: `what is made of parts: ${known.join(', ')}`,
      fix: `did you mean ${nearest(name, known)}?`,
    });
  }
  const parts = Object.entries(recipes[name]);
  const others = (left: string) => Object.fromEntries(parts.filter(([part]) => part !== left));
  const arms = parts.map(([part]) => [`${name}-without-${part}`, together(others(part))]);
  return { baseline: name, arms: { [name]: together(recipes[name]), ...Object.fromEntries(arms) } };
}
