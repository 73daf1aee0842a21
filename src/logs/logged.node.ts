import { readFileSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { warn } from '../core/events.ts';
import type { RunContext, RunEvent } from '../events/run-event.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { pictureIn } from '../records/entry.node.ts';
import type { LogName } from '../settings/output.ts';
import { GuardedLog } from './guarded.ts';
import { MlflowLog, mlflowServer } from './mlflow.node.ts';
import type { LoggedRun, LoggedSetting, Outcome, RunLog, Scalars } from './run-log.ts';
import { TensorBoardLog } from './tensorboard.node.ts';

type OpenLog = (run: LoggedRun) => RunLog;

/** A run, or a study, that is written down. */
export interface Logged {
  /** Passes everything on to its caller. */
  readonly onEvent: RunContext['onEvent'];
  /** To be called when a run's pictures are there. */
  pictured(folder: string): Promise<void>;
  /** To be called once, at the end of all. @param part whether other processes go on with the study */
  end(outcome: Outcome, options?: { readonly part?: boolean }): Promise<void>;
}

/**
 * Writes down what is told of a run or a study, for tools of others. Of a study each run is one of its own, within the study's.
 *
 * @param out the folder of the run or study
 * @throws UserError if a tool cannot be reached as it is set up
 */
export function logged(names: readonly LogName[], out: string, context: RunContext): Logged {
  const openers = [...new Set(names)].map((name) => openerOf(name, out, context));
  if (openers.length === 0)
    return { onEvent: context.onEvent, pictured: async () => {}, end: async () => {} };
  const whole = resolve(out);
  const runs = new Map<string, LogOfRun>();
  const parents = new Map<OpenLog, GuardedLog>();
  const opened = (open: OpenLog, run: LoggedRun) => new GuardedLog(() => open(run), context);
  const parentOf = (open: OpenLog): GuardedLog => {
    const parent = parents.get(open) ?? opened(open, { folder: whole, name: '.' });
    parents.set(open, parent);
    return parent;
  };
  const logOf = (folder: string): LogOfRun => {
    const known = runs.get(folder);
    if (known) return known;
    const isWhole = folder === whole;
    const name = isWhole ? basename(whole) : relative(whole, folder).split(sep).join('/');
    const logs = openers.map((open) =>
      opened(open, isWhole ? { folder, name: '.' } : { folder, name, parent: parentOf(open).log }),
    );
    const made = new LogOfRun(folder, logs);
    runs.set(folder, made);
    return made;
  };
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      warn(context, `not logged: ${(error as Error).message}`);
    }
  };
  const note = (event: RunEvent, folder: string): void => {
    if (event.type === 'run') note(event.event, resolve(event.out));
    else if (event.type === 'step' || event.type === 'epoch') logOf(folder).take(event);
    else if (event.type === 'done' && event.summary.kind === 'study') openers.forEach(parentOf);
    else if (event.type === 'done') logOf(folder).finish();
  };
  return {
    onEvent: (event) => {
      attempt(() => note(event, whole));
      context.onEvent?.(event);
    },
    pictured: async (folder) => attempt(() => runs.get(resolve(folder))?.picture()),
    end: async (outcome, { part = false } = {}) => {
      for (const run of runs.values()) await run.end(run.done ? 'done' : outcome);
      for (const parent of parents.values()) await parent.end(part ? undefined : outcome);
    },
  };
}

function openerOf(name: LogName, out: string, context: RunContext): OpenLog {
  if (name === 'tensorboard')
    return (run) => new TensorBoardLog(run, join(resolve(out), RUN_PATHS.tensorboard));
  const server = mlflowServer(process.env);
  const whole = basename(resolve(out));
  return (run) => new MlflowLog({ ...run, name: run.name === '.' ? whole : run.name }, server, context);
}

/** The logs of one run. */
class LogOfRun {
  done = false;
  #begun = false;
  #step = 0;

  constructor(
    readonly folder: string,
    readonly logs: readonly RunLog[],
  ) {}

  take(event: Extract<RunEvent, { type: 'step' | 'epoch' }>): void {
    if (event.type === 'step') this.#step = event.step;
    if (!this.#begun) {
      this.#begun = true;
      const settings = settingsOf(this.folder);
      for (const log of this.logs) log.begin(settings, this.#step);
    }
    const values = event.type === 'step' ? ofStep(event) : ofEpoch(event);
    for (const log of this.logs) log.scalars(this.#step, values);
  }

  finish(): void {
    if (!this.done) for (const log of this.logs) log.done();
    this.done = true;
  }

  picture(): void {
    const { name } = RUN.pictures;
    const text = readOrNothing(join(this.folder, name));
    const pictures = text === undefined ? undefined : RUN.pictures.read(text, name);
    for (const row of pictures?.rows ?? []) {
      const files = 'picture' in row ? { [row.rank]: row.picture } : { input: row.input, output: row.output };
      for (const [kind, file] of Object.entries(files)) {
        const png = readFileSync(pictureIn(this.folder, file));
        for (const log of this.logs) log.image(this.#step, `${kind}/${row.stem}`, png);
      }
    }
  }

  async end(outcome: Outcome): Promise<void> {
    for (const log of this.logs) await log.end(outcome);
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const finite = (values: Scalars): Scalars =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));

const ofStep = ({ loss, lr, gradientNorm, levelNorms, measures }: Extract<RunEvent, { type: 'step' }>) =>
  finite({
    'train/loss': loss,
    'train/lr': lr,
    'train/gradient_norm': gradientNorm,
    ...levelNorms,
    ...measures,
  });

/** `val_dice` is `val/dice`; the loss of the epoch is not that of a step. */
const ofEpoch = ({ row }: Extract<RunEvent, { type: 'epoch' }>) =>
  finite(
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) =>
        name === 'epoch' ? [] : [[name.startsWith('val_') ? `val/${name.slice(4)}` : `epoch/${name}`, value]],
      ),
    ),
  );

/** Settings of a run as its folder has them; lists as text, and what is not set left out. */
function settingsOf(folder: string): Record<string, LoggedSetting> {
  const { name } = RUN.settings;
  const settings = RUN.settings.read(readFileSync(join(folder, name), 'utf8'), name);
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      if (value === null || value === undefined) return [];
      const plain = ['string', 'number', 'boolean'].includes(typeof value);
      return [[key, plain ? (value as LoggedSetting) : JSON.stringify(value)]];
    }),
  );
}
