import { printable } from '../core/printable.ts';
import type { EpochEvent, PlanEvent, RunEvent, RunOfStudy, StepEvent } from '../events/run-event.ts';
import type { ArmResult, RunSummary } from '../records/summaries.ts';
import { studyTable } from './tables.ts';

/** Where progress is shown; the terminal's error stream, so that results can be piped. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** `2 h 05 min`, `3 min 20 s`, `12 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  if (minutes > 0) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${whole} s`;
}

/** How fast steps are done, whichever training they are of. */
class Pace {
  #began: number | undefined;
  #done = 0;

  step(now: number): void {
    // The first one is not timed: before it things are made ready.
    if (this.#began === undefined) this.#began = now;
    else this.#done++;
  }

  get begun(): boolean {
    return this.#began !== undefined;
  }

  /** In seconds; undefined while there is nothing to tell it from. */
  left(steps: number, now: number): number | undefined {
    return this.#done > 0 ? ((now - this.#began!) / 1000 / this.#done) * steps : undefined;
  }
}

/** `scratch, seed 0, masks 88` */
export function runName(run: RunOfStudy): string {
  if (run.phase === 'pretrain') return `${run.arm}, seed ${run.seed}, pretraining`;
  const draw = run.draw ? `, draw ${run.draw}` : '';
  return `${run.arm}, seed ${run.seed}, masks ${run.labels}${draw}`;
}

/** What an epoch's line leaves out: the rest of it says as much, and the report shows all. */
const UNTOLD = ['epoch', 'seconds', 'consistency_loss', 'pseudo_agreement'];

/** Short, so that an epoch fits into 80 columns: all scores but the losses are of the validation images. */
const nameOfScore = (key: string) => key.replace(/^val_(?!loss)/, '').replaceAll('_', ' ');

const resultOf = (summary: RunSummary) =>
  summary.kind === 'train'
    ? `test Dice ${summary.test!.native.dice.mean.toFixed(4)}`
    : summary.method === 'statistics'
      ? `statistics of ${summary.images} images`
      : summary.val_psnr === undefined
        ? `validation MSE ${summary.val_mse?.toFixed(4)}`
        : `PSNR ${summary.val_psnr.toFixed(1)} dB`;

/** A live line with the time left on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #pace = new Pace();
  /** Runs of a study that are under way, with their steps so far. */
  readonly #running = new Map<RunOfStudy, number>();
  #ended = { runs: 0, steps: 0 };
  /** The latest seed that was begun, and what the study had come to by then. */
  #seed = 0;
  #arms: readonly ArmResult[] = [];
  #live = false;

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
  }

  /** Shows what a run, a study or another long call tells. */
  readonly listen = (event: RunEvent): void => {
    if (event.type === 'notice') this.line(event.level === 'warning' ? `warning: ${event.text}` : event.text);
    if (event.type === 'phase') this.count(event.phase, event.done, event.total);
    if (event.type === 'step') this.#step(event);
    if (event.type === 'epoch') this.#epoch(event);
    if (event.type === 'plan') this.#plan(event);
    if (event.type === 'arms') this.#arms = event.arms;
    if (event.type === 'run') this.#run(event.run, event.event);
  };

  #plan({ runs, known }: PlanEvent): void {
    this.#ended = known;
    if (known.runs > 0) this.line(`${known.runs} of ${runs} runs are known from elsewhere`);
  }

  #step({ step, steps, epoch, epochs, loss }: StepEvent): void {
    this.#pace.step(this.#now());
    const left = this.#left(steps - step);
    this.#show(`step ${step}/${steps}, epoch ${epoch}/${epochs}, loss ${loss.toFixed(4)}${left}`);
  }

  #epoch({ row, best }: EpochEvent): void {
    const scores = Object.entries(row)
      .filter(([key]) => !UNTOLD.includes(key))
      .map(([key, value]) => `${nameOfScore(key)} ${value.toFixed(4)}`);
    this.line(`epoch ${row.epoch}: ${scores.join(', ')}${best ? ' (best)' : ''}`);
  }

  /** What one run of a study tells. */
  #run(run: RunOfStudy, event: RunEvent): void {
    if (event.type === 'start') {
      this.#running.set(run, 0);
      if (run.seed > this.#seed && this.#arms.length > 0) this.line(`\n${studyTable(this.#arms)}\n`);
      this.#seed = Math.max(this.#seed, run.seed);
    }
    if (event.type === 'step') {
      this.#pace.step(this.#now());
      this.#running.set(run, event.step);
      const under = [...this.#running].map(
        ([{ arm, seed, phase, steps }, done]) =>
          `${arm} ${seed} ${phase} ${Math.floor((100 * done) / steps)} %`,
      );
      this.#show([`${this.#share(run)}${this.#timeLeft(run)}`, ...under].join('; '));
    }
    if (event.type === 'done' && event.summary.kind !== 'study') {
      this.#running.delete(run);
      this.#ended = { runs: this.#ended.runs + 1, steps: this.#ended.steps + run.steps };
      const { summary } = event;
      const took = `in ${formatDuration(summary.seconds)}`;
      this.line(`${this.#share(run)} ${runName(run)}: ${resultOf(summary)} ${took}${this.#timeLeft(run)}`);
    }
  }

  /** Whether a step has been made. */
  get computing(): boolean {
    return this.#pace.begun;
  }

  /** A line that stays. */
  line(text: string): void {
    this.clear();
    this.#screen.write(`${printable(text)}\n`);
  }

  /** Takes the live line away. */
  clear(): void {
    if (this.#live) this.#screen.write('\r\x1b[K');
    this.#live = false;
  }

  /** How far something has come, on the live line. */
  count(what: string, done: number, total: number): void {
    this.#show(`${what} ${done}/${total}`);
  }

  #show(text: string): void {
    if (!this.#screen.isTTY) return;
    this.#screen.write(`\r\x1b[K${printable(text).slice(0, (this.#screen.columns ?? 80) - 1)}`);
    this.#live = true;
  }

  /** How many runs of a study are done. */
  #share({ of }: RunOfStudy): string {
    return `[${this.#ended.runs}/${of}]`;
  }

  /** Of a study. */
  #timeLeft({ stepsInAll }: RunOfStudy): string {
    const underWay = [...this.#running.values()].reduce((sum, steps) => sum + steps, 0);
    return this.#left(stepsInAll - this.#ended.steps - underWay);
  }

  #left(steps: number): string {
    const seconds = this.#pace.left(steps, this.#now());
    return seconds ? `, ${formatDuration(seconds)} left` : '';
  }
}
