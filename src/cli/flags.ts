import { type Command, Option } from 'commander';
import type * as z from 'zod';

/** The parts of a schema's definition that decide how a flag is written. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly defaultValue?: unknown;
}

const definition = (type: z.ZodType) => type.def as unknown as Definition;

/** A flag for every setting of a schema: `pretrainEpochs` becomes `--pretrain-epochs <n>`, `augment` (true) `--no-augment`, `strict` (false) `--strict`. */
export function addFlags(command: Command, schema: z.ZodObject): void {
  for (const [key, type] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    if (type.meta()?.inFilesOnly) continue;
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const { inner, fallback } = unwrap(type);
    const kind = definition(inner).type;
    if (kind === 'boolean') {
      command.addOption(
        fallback
          ? new Option(`--no-${name}`, `without: ${type.description}`)
          : new Option(`--${name}`, type.description),
      );
      continue;
    }
    const option = new Option(
      `--${name} <${type.meta()?.placeholder ?? placeholder(inner)}>`,
      describe(type.description ?? '', inner, fallback),
    );
    if (acceptsNumber(inner))
      option.argParser((text: string) =>
        /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text,
      );
    command.addOption(option);
  }
}

/** The settings that were given on the command line, without those that only have defaults. */
export function givenSettings(command: Command, schema: z.ZodObject): Record<string, unknown> {
  const values: Record<string, unknown> = command.opts();
  const given = Object.keys(schema.shape).filter((key) => command.getOptionValueSource(key) === 'cli');
  return Object.fromEntries(given.map((key) => [key, values[key]]));
}

function unwrap(type: z.ZodType): { inner: z.ZodType; fallback: unknown } {
  const { innerType, defaultValue } = definition(type);
  if (!innerType) return { inner: type, fallback: undefined };
  const deeper = unwrap(innerType);
  return { inner: deeper.inner, fallback: defaultValue ?? deeper.fallback };
}

function describe(description: string, type: z.ZodType, fallback: unknown): string {
  const names = definition(type).type === 'enum' ? `: ${choices(type).join(', ')}` : '';
  const usual =
    fallback === undefined ? '' : ` (default: ${Array.isArray(fallback) ? fallback.join() : fallback})`;
  return description + names + usual;
}

function choices(type: z.ZodType): string[] {
  return Object.keys((type.def as unknown as { entries: Record<string, string> }).entries);
}

function acceptsNumber(type: z.ZodType): boolean {
  const { type: kind, options = [] } = definition(type);
  return kind === 'number' || options.some(acceptsNumber);
}

function placeholder(type: z.ZodType): string {
  const { type: kind } = definition(type);
  return kind === 'enum' ? 'name' : kind === 'number' ? 'n' : 'value';
}
