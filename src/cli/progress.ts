import type { StudyHooks } from '../index.ts';

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

/** A live line with the time left on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  #phaseBegan = 0;
  #firstStep = 0;
  #prefix = '';
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
      onRun: ({ arm, seed, phase, number, of }) => {
        this.#firstStep = 0;
        this.#prefix = `[${number}/${of}] ${arm}, seed ${seed}, ${phase === 'train' ? 'fine-tuning' : 'pretraining'}: `;
        if (!this.#screen.isTTY) this.line(this.#prefix.replace(/: $/, ''));
      },
      onStep: ({ step, steps, epoch, epochs, loss }) => {
        if (this.#firstStep === 0 || step < this.#firstStep) {
          this.#phaseBegan = this.#now();
          this.#firstStep = step;
        }
        const left = this.#left(step - this.#firstStep, steps - step);
        this.#show(
          `${this.#prefix}epoch ${epoch}/${epochs}, step ${step}/${steps}, loss ${loss.toFixed(4)}${left}`,
        );
      },
      onEpoch: (row, best) => {
        if (this.#screen.isTTY && this.#prefix) return;
        const scores = Object.entries(row)
          .filter(([key]) => key !== 'epoch' && key !== 'seconds')
          .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value.toFixed(4)}`);
        this.line(`epoch ${row.epoch}: ${scores.join(', ')}${best ? ' (best so far)' : ''}`);
      },
      onTest: (done, total) => this.count('testing', done, total),
    };
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
    this.#show(`${this.#prefix}${what} ${done}/${total}`);
  }

  #show(text: string): void {
    if (!this.#screen.isTTY) return;
    this.#screen.write(`\r\x1b[K${text.slice(0, (this.#screen.columns ?? 80) - 1)}`);
    this.#live = true;
  }

  #left(done: number, toDo: number): string {
    if (done < 1) return '';
    return `, ${formatDuration(((this.#now() - this.#phaseBegan) / 1000 / done) * toDo)} left`;
  }
}
