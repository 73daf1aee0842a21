import { Argument, type Command, Option } from 'commander';
import type * as z from 'zod';
import { defaultByRecipe } from '../settings/recipes.ts';
import { type About, settingsOf, TOPICS } from '../settings/setting.ts';

/** The parts of a schema's definition that decide how a flag is written. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly defaultValue?: unknown;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

const definition = (type: z.ZodType) => type.def as unknown as Definition;

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
  const { inner, optional } = unwrap(type);
  const word = admits(inner, 'array') ? `${placeholder}...` : placeholder;
  return new Argument(optional ? `[${word}]` : `<${word}>`, description);
}

function optionsOf([name, type, about]: Setting, schema: z.ZodObject): Option[] {
  const { description, placeholder, topic } = about;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { inner, fallback } = unwrap(type);
  const { type: kind, entries, values } = definition(inner);
  const choices = entries ? Object.keys(entries) : values;
  const isNumber = admits(inner, 'number') || values?.every((each) => typeof each === 'number');
  if (kind === 'boolean')
    return [new Option(`--${fallback ? 'no-' : ''}${flag}`, description).helpGroup(`${topic}:`)];
  const word = placeholder ?? (entries ? 'name' : isNumber ? 'n' : 'value');
  // What is off and may be just true needs no value; what is on and may be just false has a flag for it.
  const switchable = admits(inner, 'boolean');
  const value = switchable && !fallback ? `[${word}]` : `<${word}>`;
  const byDefault = defaultByRecipe(schema, name, fallback) ?? fallback;
  const option = new Option(`--${flag} ${value}`, description + inBrackets(choices, byDefault));
  option.helpGroup(`${topic}:`);
  if (isNumber) option.argParser(numberOrText);
  if (about.repeated || kind === 'array')
    option.argParser((value, before: string[] = []) => [...before, value]);
  if (!switchable || !fallback) return [option];
  return [option, new Option(`--no-${flag}`, 'Turns it off').helpGroup(`${topic}:`)];
}

function unwrap(type: z.ZodType): { inner: z.ZodType; fallback?: unknown; optional: boolean } {
  const { type: kind, innerType, defaultValue } = definition(type);
  if (!innerType) return { inner: type, optional: false };
  const { inner, fallback, optional } = unwrap(innerType);
  return { inner, fallback: defaultValue ?? fallback, optional: optional || kind !== 'readonly' };
}

/** Whether a type, or one of a union, is of a kind. */
function admits(type: z.ZodType, kind: string): boolean {
  const { type: own, options = [] } = definition(type);
  return own === kind || options.some((option) => admits(option, kind));
}

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

const numberOrText = (text: string) =>
  /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
