import { closeSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../core/folders.node.ts';
import { recordOf } from './records.ts';
import type { LoggedRun, LoggedSetting, Outcome, RunLog, Scalars } from './run-log.ts';
import {
  endEvent,
  imageEvent,
  scalarsEvent,
  settingsEvent,
  startEvent,
  versionEvent,
} from './tensorboard-events.ts';

/** Event files for TensorBoard; of a study a folder for each run in it. A run that goes on writes another file beside the first one. */
export class TensorBoardLog implements RunLog {
  readonly #file: number;
  readonly #name: string;

  /** @param root in which the event files of all runs lie that are shown together */
  constructor({ name }: Pick<LoggedRun, 'name'>, root: string) {
    this.#name = name;
    const folder = join(root, ...name.split('/').filter((part) => part !== '.'));
    makeFolder(folder);
    const unique = `${Math.floor(now())}.${hostname()}.${process.pid}.${numbers++}`;
    this.#file = openSync(join(folder, `events.out.tfevents.${unique}`), 'wx');
    this.#write(versionEvent(now()));
  }

  begin(settings: Readonly<Record<string, LoggedSetting>>, step: number): void {
    this.#write(startEvent(now(), step));
    this.#write(settingsEvent(now(), settings, this.#name === '.' ? '' : this.#name));
  }

  scalars(step: number, values: Scalars): void {
    this.#write(scalarsEvent(now(), step, values));
  }

  image(step: number, name: string, png: Uint8Array): void {
    const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
    // The first chunk of a PNG file says how large it is.
    const [width, height] = [header.getUint32(16), header.getUint32(20)];
    this.#write(imageEvent(now(), step, name, { png, width, height }));
  }

  done(): void {}

  async end(outcome: Outcome | undefined): Promise<void> {
    try {
      if (outcome) this.#write(endEvent(now(), outcome));
    } finally {
      closeSync(this.#file);
    }
  }

  #write(event: Uint8Array): void {
    writeFileSync(this.#file, recordOf(event));
  }
}

/** Files of one process that begin in the same second. */
let numbers = 0;

/** In s since 1970. */
const now = () => Date.now() / 1000;
