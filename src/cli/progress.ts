import type { PretrainSummary, StudyHooks, StudyRun, TrainSummary } from '../index.ts';

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

/** How fast steps are done, from the first one that was seen. */
class Pace {
  #began = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  step(step: number, now: number): void {
    // A first step, also after a break or when another run begins to count anew.
    if (step < this.#last || this.#first > step) {
      this.#began = now;
      this.#first = step;
    }
    this.#last = step;
  }

  get begun(): boolean {
    return this.#last > 0;
  }

  /** In seconds; undefined while there is nothing to tell it from. */
  left(total: number, now: number): number | undefined {
    const done = this.#last - this.#first;
    return done > 0 ? ((now - this.#began) / 1000 / done) * (total - this.#last) : undefined;
  }
}

const nameOf = ({ arm, seed, phase, number, of }: StudyRun) =>
  `[${number}/${of}] ${arm}, seed ${seed}, ${phase === 'train' ? 'fine-tuning' : 'pretraining'}`;

/** Short, so that an epoch fits into 80 columns: all scores but the losses are of the validation images. */
const nameOfScore = (key: string) => key.replace(/^val_(?!loss)/, '').replaceAll('_', ' ');

const resultOf = (summary: PretrainSummary | TrainSummary) =>
  summary.kind === 'train'
    ? `test Dice ${summary.test!.native.dice.mean.toFixed(4)}`
    : `PSNR ${summary.val_psnr!.toFixed(1)} dB`;

/** A live line with the time left on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #pace = new Pace();
  #run: StudyRun | undefined;
  #live = false;

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
  }

  /** What a run or a study reports to. */
  hooks(): StudyHooks {
    return {
      onWarning: (warning) => this.line(`warning: ${warning}`),
      onNotice: (notice) => this.line(notice),
      onLoad: (done, total) => this.count('reading images', done, total),
      onRun: (run) => {
        this.#run = run;
      },
      onRunEnd: async (run, _, summary) => {
        const took = formatDuration(summary.seconds);
        this.line(`${nameOf(run)}: ${resultOf(summary)} in ${took}${this.#left(run.stepsInAll)}`);
      },
      onStep: ({ step, steps, epoch, epochs, loss }) => {
        const { stepsBefore, stepsInAll } = this.#run ?? { stepsBefore: 0, stepsInAll: steps };
        this.#pace.step(stepsBefore + step, this.#now());
        const where = this.#run ? `${nameOf(this.#run)}: ` : `step ${step}/${steps}, `;
        this.#show(`${where}epoch ${epoch}/${epochs}, loss ${loss.toFixed(4)}${this.#left(stepsInAll)}`);
      },
      onEpoch: (row, best) => {
        if (this.#run) return;
        const scores = Object.entries(row)
          .filter(([key]) => key !== 'epoch' && key !== 'seconds')
          .map(([key, value]) => `${nameOfScore(key)} ${value.toFixed(4)}`);
        this.line(`epoch ${row.epoch}: ${scores.join(', ')}${best ? ' (best)' : ''}`);
      },
      onTest: (done, total) => this.count('testing', done, total),
    };
  }

  /** Whether a step has been made. */
  get computing(): boolean {
    return this.#pace.begun;
  }

  /** A line that stays. */
  line(text: string): void {
    this.clear();
    this.#screen.write(`${text}\n`);
  }

  /** Takes the live line away. */
  clear(): void {
    if (this.#live) this.#screen.write('\r\x1b[K');
    this.#live = false;
  }

  /** How far something has come, on the live line. */
  count(what: string, done: number, total: number): void {
    this.#show(`${this.#run ? `${nameOf(this.#run)}: ` : ''}${what} ${done}/${total}`);
  }

  #show(text: string): void {
    if (!this.#screen.isTTY) return;
    this.#screen.write(`\r\x1b[K${text.slice(0, (this.#screen.columns ?? 80) - 1)}`);
    this.#live = true;
  }

  #left(steps: number): string {
    const seconds = this.#pace.left(steps, this.#now());
    return seconds ? `, ${formatDuration(seconds)} left` : '';
  }
}
