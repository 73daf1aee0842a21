import * as z from 'zod';

/** What settings are about: headings of the help, in this order. */
export const TOPICS = [
  'Data',
  'Study',
  'Network',
  'Pretext task',
  'Training',
  'Plain images',
  'Augmentation',
  'Prediction',
  'Choice',
  'Trial',
  'Speed',
  'Cluster',
  'Output',
] as const;
type Topic = (typeof TOPICS)[number];

/** What a setting is to the program, said once: flags, checks and records follow from it. */
export interface Roles {
  /** What stands for the value in the help: `--size <px>`. */
  readonly placeholder?: string;
  /** In the command line an argument, not a flag. */
  readonly argument?: true;
  /** Only a settings file can hold it: it has no flag. */
  readonly inFilesOnly?: true;
  /**
   * Names a file or folder. It is written down in full, so that a run can be used from any folder. What is there is known
   * by its content, so equal runs may differ in the path. A function gives the spelling of a text that is no path, such as
   * a known name, and `undefined` for a path. Of a list each is one.
   */
  readonly path?: true | ((given: string) => string | undefined);
  /** Whether a text names a file: one that is read at once and written down as what it holds. */
  readonly file?: (given: string) => boolean;
  /** The result does not depend on it: equal runs may differ in it. */
  readonly mayDiffer?: true;
  /** In the command line its flag may be repeated: one value each time, together a list. */
  readonly repeated?: true;
  /** In a study it is the same for all runs, or the study sets it: arms and pretrainings have none of their own. */
  readonly ofStudy?: true;
  /** How images are degraded: read only where they are. */
  readonly degrades?: true;
}

/** All that is said of a setting beside its type. */
export interface About extends Roles {
  readonly topic: Topic;
  /** Also the help text of its flag. */
  readonly description: string;
}

const registry = z.registry<About>();

declare const OF_STUDY: unique symbol;
/** Tells the compiler which settings are a study's: schemas of arms and pretrainings leave them out. */
export interface OfStudy {
  readonly [OF_STUDY]: true;
}

/** A setting: its type, and what it is. */
export function setting<Type extends z.ZodType, const Given extends Roles = Roles>(
  type: Type,
  topic: Topic,
  description: string,
  roles?: Given,
): Type & (Given extends { readonly ofStudy: true } ? OfStudy : unknown) {
  const own = type.clone();
  registry.add(own, { topic, description, ...roles });
  return own as ReturnType<typeof setting<Type, Given>>;
}

/** What was said of a setting. Everything in a schema of settings is one. */
export function aboutSetting(type: z.core.$ZodType): About {
  const about = registry.get(type);
  if (!about) throw new Error('a schema holds something that is no setting');
  return about;
}

/** The settings of a schema, by name. */
export function settingsOf(schema: z.ZodObject): [name: string, type: z.ZodType, about: About][] {
  return Object.entries(schema.shape).map(([name, type]) => [name, type as z.ZodType, aboutSetting(type)]);
}

/** Names of the settings in which equal runs may differ: paths, and what the result does not depend on. */
export function mayDiffer(schema: z.ZodObject): string[] {
  return settingsOf(schema).flatMap(([name, , about]) => (about.path || about.mayDiffer ? [name] : []));
}

/** In the order of the schema, so that the same settings are written alike whatever of them was given. */
export function inOrder<T extends object>(schema: z.ZodObject, settings: T): T {
  const names = Object.keys(schema.shape);
  const place = ([name]: [string, unknown]) => names.indexOf(name);
  return Object.fromEntries(Object.entries(settings).sort((a, b) => place(a) - place(b))) as T;
}
