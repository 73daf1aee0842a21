import type * as z from 'zod';

/** Settings of a training by name, as they are given. */
type Settings = Readonly<Record<string, unknown>>;

/** What `full` has beside size, batch and length, part by part: an ablation leaves out one of them. */
export const FULL_PARTS = {
  'trained-encoder': { trainEncoder: 'all' },
  schedule: { optimizer: 'adamw', weightDecay: 1e-4, schedule: 'cosine', warmupSteps: 30 },
  light: { augment: 'light' },
  averaged: { average: 0.99 },
  consistency: { consistency: 'auto' },
  views: { views: 4 },
} as const satisfies Readonly<Record<string, Settings>>;

const together: Settings = Object.assign({}, ...Object.values(FULL_PARTS));

/**
 * Settings that go together, as defaults of the others: any of them that is given wins.
 *
 * - `full`: what helps with few masks, as far as it was shown (docs/training.md).
 * - `classic`: the network of the question that this project began with. The encoder is frozen, at 128 px.
 */
export const RECIPES = {
  full: { size: 256, batch: 8, epochs: 48, minSteps: 500, epochSteps: 250, validation: 'auto', ...together },
  classic: {},
} satisfies Readonly<Record<string, Settings>>;

export type RecipeName = keyof typeof RECIPES;
export const RECIPE_NAMES = Object.keys(RECIPES) as [RecipeName, ...RecipeName[]];
export const DEFAULT_RECIPE: RecipeName = 'full';

/** What a given setting decides beside itself, so that a recipe does not: the two were chosen for each other. */
const DECIDES: Readonly<Record<string, readonly string[]>> = {
  epochs: ['minSteps', 'epochSteps'],
  pseudoRounds: ['consistency'],
  optimizer: ['weightDecay'],
  schedule: ['warmupSteps'],
};

/** Of these only another value than the recipe's decides anything: its own goes with what it was chosen for. */
const KINDS = ['optimizer', 'schedule'];

/** The settings that others decide which are given. @param recipe the values of a recipe */
export function decidedBy(given: Settings, recipe: Settings): string[] {
  const deciding = Object.keys(given).filter((name) => !KINDS.includes(name) || given[name] !== recipe[name]);
  return deciding.flatMap((name) => DECIDES[name] ?? []);
}

/**
 * The settings that are given, and those of their recipe that they leave open.
 *
 * @param trainable whether the encoder can be trained: a recipe leaves one alone that cannot
 */
export function withRecipe<Given extends { readonly recipe?: RecipeName }>(
  options: Given,
  trainable: boolean,
): Given {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  // A name that is none is told of where settings are parsed.
  const recipe: Settings = RECIPES[options.recipe ?? DEFAULT_RECIPE] ?? {};
  const left = [...decidedBy(given, recipe), ...(trainable ? [] : ['trainEncoder'])];
  const open = Object.entries(recipe).filter(([name]) => !left.includes(name));
  return { ...Object.fromEntries(open), ...given } as Given;
}

/**
 * The default of a setting of a training in words, such as `full 256, classic 128`; undefined where it is the same in all recipes.
 *
 * @param schema that of a training, or one without recipes
 * @param fallback the default that holds where a recipe says nothing
 */
export function defaultByRecipe(schema: z.ZodObject, name: string, fallback: unknown): string | undefined {
  if (!('recipe' in schema.shape)) return undefined;
  const recipes: [string, Settings][] = Object.entries(RECIPES);
  if (!recipes.some(([, settings]) => name in settings)) return undefined;
  return recipes
    .map(([recipe, settings]) => [recipe, settings[name] ?? fallback] as const)
    .filter(([, value]) => value !== undefined && typeof value !== 'boolean')
    .map(([recipe, value]) => `${recipe} ${value}`)
    .join(', ');
}
