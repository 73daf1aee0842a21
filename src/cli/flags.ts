import { Argument, type Command, Option } from 'commander';
import type * as z from 'zod';
import { kindOf, numberOrText } from '../settings/kind.ts';
import { defaultByRecipe } from '../settings/recipes.ts';
import { type About, settingsOf, TOPICS } from '../settings/setting.ts';

/**
 * An argument or a flag for every setting of a schema: `pretrainEpochs` becomes `--pretrain-epochs <n>`, `validation` (true)
 * `--no-validation`, `strict` (false) `--strict`; `augment`, a word or false, `--augment <set>` and `--no-augment`.
 */
export function addFlags(command: Command, schema: z.ZodObject): void {
  const settings = settingsOf(schema).filter(([, , { inFilesOnly }]) => !inFilesOnly);
  const words = settings.filter(([, , { argument }]) => argument);
  const flags = settings.filter(([, , { argument }]) => !argument).sort(byTopic);
  for (const word of words) command.addArgument(argumentOf(...word));
  for (const flag of flags) for (const option of optionsOf(flag, schema)) command.addOption(option);
}

type Setting = ReturnType<typeof settingsOf>[number];
const byTopic = ([, , a]: Setting, [, , b]: Setting) => TOPICS.indexOf(a.topic) - TOPICS.indexOf(b.topic);

/** What was given on the command line, without what only has a default. */
export function givenSettings(command: Command, schema: z.ZodObject): Record<string, unknown> {
  const values: Record<string, unknown> = command.opts();
  const words: unknown[] = [...command.processedArgs];
  const given = settingsOf(schema).flatMap(([name, , { argument }]) => {
    const value = argument ? words.shift() : values[name];
    const isGiven = argument ? value !== undefined : command.getOptionValueSource(name) === 'cli';
    return isGiven ? [[name, value]] : [];
  });
  return Object.fromEntries(given);
}

function argumentOf(name: string, type: z.ZodType, { description, placeholder = name }: About): Argument {
  const { mayBeList, optional } = kindOf(type);
  const word = mayBeList ? `${placeholder}...` : placeholder;
  return new Argument(optional ? `[${word}]` : `<${word}>`, description);
}

/** `--pretrain-epochs` of `pretrainEpochs`. */
export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function optionsOf([name, type, about]: Setting, schema: z.ZodObject): Option[] {
  const { description, placeholder, topic } = about;
  const flag = flagOf(name).slice(2);
  const { isSwitch, switchable, isNumber, isList, choices, fallback } = kindOf(type);
  if (isSwitch) return [new Option(`--${fallback ? 'no-' : ''}${flag}`, description).helpGroup(`${topic}:`)];
  const word = placeholder ?? (choices && !isNumber ? 'name' : isNumber ? 'n' : 'value');
  // What is off and may be just true needs no value; what is on and may be just false has a flag for it.
  const value = switchable && !fallback ? `[${word}]` : `<${word}>`;
  const byDefault = defaultByRecipe(schema, name, fallback) ?? fallback;
  const option = new Option(`--${flag} ${value}`, description + inBrackets(choices, byDefault));
  option.helpGroup(`${topic}:`);
  choicesOfOptions.set(option, choices?.map(String) ?? []);
  if (isNumber) option.argParser(numberOrText);
  if (about.repeated || isList) option.argParser((value, before: string[] = []) => [...before, value]);
  if (!switchable || !fallback) return [option];
  return [option, new Option(`--no-${flag}`, 'Turns it off').helpGroup(`${topic}:`)];
}

const choicesOfOptions = new WeakMap<Option, readonly string[]>();

/** What may be said of a flag's value; empty where that is anything, or it takes none. */
export const choicesOf = (option: Option): readonly string[] => choicesOfOptions.get(option) ?? [];

function inBrackets(choices: readonly unknown[] | undefined, fallback: unknown): string {
  const facts = [
    ...(choices ? [`choices: ${choices.join(', ')}`] : []),
    ...(fallback === undefined ||
    typeof fallback === 'boolean' ||
    (Array.isArray(fallback) && fallback.length === 0)
      ? []
      : [`default: ${Array.isArray(fallback) ? fallback.join() : fallback}`]),
  ];
  return facts.length > 0 ? ` (${facts.join('; ')})` : '';
}
