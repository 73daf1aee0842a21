import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { preparePlace, writing } from './files.node.ts';
import { expectStillHeld } from './lock/held.node.ts';

/** A file that grows beside its place, and is moved there when it is whole: as `writeWhole`, of what never is in memory at once. */
export class GrowingFile {
  readonly #path: string;
  readonly #beside: string;
  readonly #file: FileHandle;
  #length = 0;

  private constructor(path: string, beside: string, file: FileHandle) {
    [this.#path, this.#beside, this.#file] = [path, beside, file];
  }

  /** @throws UserError as `writing` does; so do the others */
  static open(path: string): Promise<GrowingFile> {
    return writing(path, async () => {
      const beside = await preparePlace(path);
      return new GrowingFile(path, beside, await open(beside, 'wx'));
    });
  }

  append(content: Uint8Array): Promise<void> {
    const at = this.#length;
    this.#length += content.length;
    return this.writeAt(at, content);
  }

  /** @param start in bytes; the file is as long as what was written last reaches */
  async writeAt(start: number, content: Uint8Array): Promise<void> {
    this.#length = Math.max(this.#length, start + content.length);
    await writing(this.#path, async () => {
      for (let done = 0; done < content.length; ) {
        const { bytesWritten } = await this.#file.write(content, done, content.length - done, start + done);
        done += bytesWritten;
      }
    });
  }

  /** Moves it to its place. */
  async finish(): Promise<void> {
    expectStillHeld(this.#path);
    await writing(this.#path, async () => {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#beside, this.#path);
    });
  }

  /** Takes it away. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#beside, { force: true }).catch(() => {});
  }
}
