import { UserError } from '../core/errors.ts';
import { yamlOf } from '../core/yaml.ts';

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Settings with some values set: `seeds=5`, or within others `arms.full.augment=strong`. Values are YAML, so `labels=[22, 88]` is a
 * list; one without text takes the setting away.
 *
 * @throws UserError for what is no `key=value`, and for a key within something that is no mapping
 */
export function overridden(settings: Mapping, overrides: readonly string[]): Record<string, unknown> {
  return overrides.reduce<Record<string, unknown>>(
    (changed, override) => {
      const [, key, text] = /^([^=]+)=(.*)$/s.exec(override) ?? [];
      const path = key?.split('.') ?? [];
      if (key === undefined || path.includes('')) throw noOverride(override);
      return withValue(changed, path, valueIn(text, override), key);
    },
    { ...settings },
  );
}

function withValue(
  settings: Mapping,
  [first, ...rest]: readonly string[],
  value: unknown,
  key: string,
): Record<string, unknown> {
  const { [first]: before, ...others } = settings;
  if (rest.length === 0) return value === null ? others : { ...settings, [first]: value };
  if (before !== undefined && before !== null && (typeof before !== 'object' || Array.isArray(before))) {
    throw new UserError({
      what: `--set ${key}`,
      got: `${first}, which is ${JSON.stringify(before)}`,
      expected: 'settings in which others can be set',
      fix: `set ${first} itself, or leave out what comes after it`,
    });
  }
  return { ...settings, [first]: withValue((before as Mapping | null) ?? {}, rest, value, key) };
}

function valueIn(text: string, override: string): unknown {
  try {
    return yamlOf(text);
  } catch {
    throw noOverride(override);
  }
}

const noOverride = (got: string) =>
  new UserError({
    what: '--set',
    got: `"${got}"`,
    expected: 'a setting and its value, such as seeds=5 or arms.full.augment=strong',
    fix: 'write key=value, the value as in a settings file',
  });
