import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { expectApart } from '../core/place.node.ts';
import { withEncoders } from '../encoders/read.node.ts';
import { RUN } from '../records/entries.ts';
import { readEntry, readSummary } from '../records/entry.node.ts';
import { expectSameInputs, type Inputs } from '../records/inputs.node.ts';
import { RunFolder } from '../records/run-folder.node.ts';
import { RUN_KINDS, type RunKind, type SummaryOf } from '../records/summaries.ts';
import { mayDiffer, settingsOf } from '../settings/setting.ts';
import type { RunPlace } from './place.ts';

/** Settings of a run or a study, by name. */
type Settings = Readonly<Record<string, unknown>>;

/** How a run or a study begins: anew, or where it was stopped. */
export interface Beginning<Config, Kind extends RunKind> {
  readonly config: Config;
  /** Only if there is nothing left to do. */
  readonly done?: SummaryOf<Kind>;
  /**
   * Makes the folder and writes settings, environment and splits to it; or takes it over, and writes them anew once its
   * inputs are known to be the same and if something is left to do.
   *
   * @param command how the program was called, for the record
   * @throws UserError if the run was started with other inputs
   */
  openFolder(command: string | undefined, inputs?: Inputs): Promise<RunFolder>;
}

/** A pretraining, a training or a study: how its settings are read. */
export interface RunType<Kind extends RunKind, Options, Config> {
  readonly kind: Kind;
  readonly schema: z.ZodObject;
  resolve(options: Options, cores: number): Config;
  /** Finds what settings leave open in the data. */
  settle?(config: Config, listener: Listener): Promise<Config>;
  /** The settings of an earlier start, taken for those of this one where they may have grown since. */
  grown?(before: Config, now: Config): Config;
}

/**
 * Settles settings and folder before any work is done. To resume takes the settings from the folder; what is given
 * beside must agree with them. Where nothing has been started, resuming is starting.
 *
 * @throws UserError for settings that cannot be used or that would make another run, and for a folder in the way
 */
export async function begin<Kind extends RunKind, Options extends object, Config extends object>(
  {
    kind,
    schema,
    resolve,
    settle = async (config) => config,
    grown = (before) => before,
  }: RunType<Kind, Options, Config & { readonly threads: number }>,
  options: Options,
  {
    out,
    overwrite = false,
    resume = false,
    onEvent,
  }: Pick<RunPlace, 'out' | 'overwrite' | 'resume' | 'onEvent'>,
): Promise<Beginning<Config, Kind>> {
  if (overwrite && resume) {
    throw new UserError({
      what: out,
      got: 'both --resume and --overwrite',
      expected: 'one of them',
      fix: '--resume goes on with what is there, --overwrite starts anew',
    });
  }
  const cores = availableParallelism();
  const earlier = resume ? await earlierRun(out, kind) : undefined;
  if (resume && !earlier && Object.keys(options).length === 0) {
    throw new UserError({
      what: `--resume ${out}`,
      got: 'a folder in which nothing was started, and no settings',
      expected: 'one in which something was stopped',
      fix: 'check the path, or give settings to start with',
    });
  }
  const resolved = (settings: Options) => withEncoders(() => resolve(settings, cores), { onEvent });
  const given = await resolved({ ...(earlier?.settings as Options | undefined), ...options });
  if (!earlier) {
    expectOwnPlace(out, schema, given);
    await RunFolder.check(out, overwrite);
  }
  const config = await settle(given, { onEvent });
  const before = earlier && (await resolved({ ...(earlier.settings as Options), ...moved(options) }));
  if (before) expectSameSettings(schema, `--resume ${out}`, grown(before, config), config);
  const more = before && isDeepStrictEqual(grown(before, config), before) === false;
  return {
    config,
    done: more ? undefined : earlier?.summary,
    openFolder: async (command, inputs) => {
      const folder = earlier ? await RunFolder.reopen(out) : await RunFolder.create(out, overwrite);
      if (earlier && inputs) await expectSameInputs(folder, inputs);
      if (earlier && (!inputs || earlier.summary)) return folder;
      await folder.writeSetUp({ kind, ...config }, command, config.threads);
      if (inputs) await folder.writeSplits(inputs.parts);
      return folder;
    },
  };
}

/** @throws UserError if the folder is, or holds, what the run reads, or lies among the images or masks of a data folder */
function expectOwnPlace(out: string, schema: z.ZodObject, config: Settings): void {
  const { arms, pretrainings } = config;
  const own = [config, ...[arms, pretrainings].flatMap((named) => Object.values(named ?? {}) as Settings[])];
  const names = settingsOf(schema).flatMap(([name, , { path }]) => (path ? [name] : []));
  const paths = own.flatMap((settings) => names.flatMap((name) => settings[name] ?? []).map(String));
  const data = config.data === undefined ? [] : [String(config.data)];
  expectApart(out, {
    // What is known by its name is no path.
    apart: paths.filter((path) => isAbsolute(path)),
    closed: data.flatMap((folder) => [join(folder, 'images'), join(folder, 'masks')]),
  });
}

/** The encoder may lie elsewhere than at the earlier start; that it is the same is known by its content. */
function moved(options: object): Settings {
  return 'encoder' in options ? { encoder: options.encoder } : {};
}

/** The run that was started in a folder; undefined if there is none. */
async function earlierRun<Kind extends RunKind>(
  path: string,
  kind: Kind,
): Promise<{ readonly settings: Settings; readonly summary?: SummaryOf<Kind> } | undefined> {
  const config = await readEntry(path, RUN.settings);
  if (!config) return undefined;
  const { kind: found, ...settings } = config;
  if (found !== kind) {
    throw new UserError({
      what: `--resume ${path}`,
      got: `a folder of kind ${found ?? 'unknown'}`,
      expected: `one of kind ${kind}`,
      fix: RUN_KINDS.some((known) => known === found)
        ? `fewmask ${found} --resume goes on with it`
        : `restore its ${RUN.settings.name}, or name another folder`,
    });
  }
  const summary = await readSummary(path, kind);
  return { settings, summary: summary?.interrupted ? undefined : summary };
}

/** @throws UserError naming the first setting that would make another run of it */
export function expectSameSettings(schema: z.ZodObject, what: string, before: object, now: object): void {
  const free = mayDiffer(schema);
  const [old, wanted] = [before as Settings, now as Settings];
  for (const key of Object.keys({ ...old, ...wanted })) {
    const [then, given] = [old[key], wanted[key]].map((value) => JSON.stringify(value));
    if (then === given || free.includes(key)) continue;
    throw new UserError({
      what: `${what}: ${key}`,
      got: given ?? 'nothing',
      expected: `${then ?? 'nothing'}, with which the run was started`,
      fix: 'leave the setting out, or start another run',
    });
  }
}
