import { computed, signal } from '@preact/signals';
import { CHOICES, type ChoiceName } from '../../../src/serve/choices.ts';
import { readingSchema } from '../../../src/serve/settings.ts';
import { kindOf, numberOrText, type SettingKind } from '../../../src/settings/kind.ts';
import { defaultByRecipe } from '../../../src/settings/recipes.ts';
import { type About, settingsOf, TOPICS } from '../../../src/settings/setting.ts';
import { trainSchema } from '../../../src/settings/training.ts';

interface Field {
  readonly name: string;
  readonly about: About;
  readonly kind: SettingKind;
}

/** Paths are given on the command line, and how the folder is read, for all trainings. */
const isAsked = (name: string, { path, argument, inFilesOnly }: About): boolean =>
  !path && !argument && !inFilesOnly && !(name in readingSchema.shape);

const FIELDS: readonly Field[] = settingsOf(trainSchema).flatMap(([name, type, about]) =>
  isAsked(name, about) ? [{ name, about, kind: kindOf(type) }] : [],
);

/** What was written into fields; those that are empty keep their default. */
const written = signal<Readonly<Record<string, string>>>({});
const wanted = signal('');

const SWITCH: Readonly<Record<string, boolean>> = { on: true, off: false };

/** The settings that were given, as values. */
export const givenSettings = computed((): Readonly<Record<string, unknown>> => {
  const given = FIELDS.flatMap(({ name, kind }) => {
    const text = written.value[name]?.trim() ?? '';
    return text === '' ? [] : [[name, parsedText(text, kind)] as const];
  });
  return Object.fromEntries(given);
});

function parsedText(text: string, { isSwitch, switchable, isNumber, isList }: SettingKind): unknown {
  if ((isSwitch || switchable) && text in SWITCH) return SWITCH[text];
  if (isList) return text.split(',').map((part) => part.trim());
  return isNumber ? numberOrText(text) : text;
}

/** All settings of a training, by what they are about. */
export function SettingsForm({ choice }: { readonly choice: ChoiceName }) {
  const part = wanted.value.trim().toLowerCase();
  const shown = FIELDS.filter(
    ({ name, about }) =>
      `${flagOf(name)} ${about.description}`.toLowerCase().includes(part) || name in written.value,
  );
  const given = Object.keys(givenSettings.value).length;
  return (
    <details class="settings">
      <summary>
        All settings {given > 0 && <small>{given} given, which win over the choice above</small>}
      </summary>
      <label class="search">
        <span>Setting</span>
        <input
          type="search"
          value={wanted.value}
          onInput={({ currentTarget }) => {
            wanted.value = currentTarget.value;
          }}
        />
      </label>
      {TOPICS.map((topic) => {
        const fields = shown.filter(({ about }) => about.topic === topic);
        return (
          fields.length > 0 && (
            <fieldset key={topic}>
              <legend>{topic}</legend>
              {fields.map((field) => (
                <SettingField key={field.name} field={field} choice={choice} />
              ))}
            </fieldset>
          )
        );
      })}
    </details>
  );
}

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function SettingField({ field, choice }: { readonly field: Field; readonly choice: ChoiceName }) {
  const { name, about, kind } = field;
  const value = written.value[name] ?? '';
  const write = ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) => {
    const { [name]: _, ...others } = written.value;
    written.value = currentTarget.value === '' ? others : { ...others, [name]: currentTarget.value };
  };
  const usual = usualOf(field, choice);
  const words = wordsOf(kind);
  const [id, what] = [`setting-${name}`, `what-${name}`];
  return (
    <div class="setting">
      <label for={id}>{flagOf(name)}</label>
      {words ? (
        <select id={id} aria-describedby={what} value={value} onChange={write}>
          <option value="">{usual}</option>
          {words.map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...{ id, type: 'text', value, placeholder: usual, autocomplete: 'off' }}
          aria-describedby={what}
          onInput={write}
        />
      )}
      <small id={what}>{about.description}</small>
    </div>
  );
}

/** All that a setting can be, if it can be listed. */
function wordsOf({ isSwitch, switchable, choices }: SettingKind): readonly string[] | undefined {
  if (isSwitch) return Object.keys(SWITCH);
  if (!choices) return undefined;
  return [...choices.map(String), ...(switchable ? Object.keys(SWITCH) : [])];
}

/** What holds if nothing is given. */
function usualOf({ name, kind: { fallback } }: Field, choice: ChoiceName): string {
  const settings: Readonly<Record<string, unknown>> = CHOICES[choice].settings;
  if (name in settings) return `${CHOICES[choice].title.toLowerCase()}: ${told(settings[name])}`;
  const byRecipe = defaultByRecipe(trainSchema, name, fallback);
  return byRecipe !== undefined && byRecipe !== '' ? byRecipe : told(fallback);
}

function told(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join() : String(value);
}
