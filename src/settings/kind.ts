import type * as z from 'zod';

/** The parts of a schema's definition that decide how a value is written. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly defaultValue?: unknown;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

const definition = (type: z.ZodType) => type.def as unknown as Definition;

/** How the value of a setting is written as text, whoever asks for it: a flag, or a field of a form. */
export interface SettingKind {
  /** Whether it is on or off, and nothing else. */
  readonly isSwitch: boolean;
  /** Whether it may also be just true or false. */
  readonly switchable: boolean;
  /** Whether numbers are numbers. */
  readonly isNumber: boolean;
  /** Whether it is a list, and nothing else; whether it may be one. */
  readonly isList: boolean;
  readonly mayBeList: boolean;
  /** The only words or numbers that it may be. */
  readonly choices?: readonly (string | number)[];
  readonly fallback?: unknown;
  readonly optional: boolean;
}

export function kindOf(type: z.ZodType): SettingKind {
  const { inner, fallback, optional } = unwrap(type);
  const { type: kind, entries, values } = definition(inner);
  const choices = (entries ? Object.keys(entries) : values) as SettingKind['choices'];
  return {
    isSwitch: kind === 'boolean',
    switchable: admits(inner, 'boolean'),
    isNumber: admits(inner, 'number') || (values?.every((each) => typeof each === 'number') ?? false),
    ...{ isList: kind === 'array', mayBeList: admits(inner, 'array') },
    ...(choices && { choices }),
    ...{ fallback, optional },
  };
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

/** A number, where the text is one. */
export const numberOrText = (text: string): number | string =>
  /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
