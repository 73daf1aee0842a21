// Loaded before a program (node --import): ends it at one of its writes, as a power cut would, or counts them.
//
//   STOP_AT_WRITE=12          before the 12th: files that are made, written, moved or removed, of the main thread
//   STOP_AT_WRITE=12 STOP_HALF=1   in its middle, where it has one
//   COUNT_WRITES=FILE         how many there were, at the end
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { STOP_AT_WRITE, STOP_HALF, COUNT_WRITES } = process.env;
const at = Number(STOP_AT_WRITE ?? Number.POSITIVE_INFINITY);
const { writeFileSync, writeSync } = fs;
let count = 0;

const end = () => process.kill(process.pid, 'SIGKILL');

/** @param half what does the first half of a write */
function watch(holder, name, half) {
  const original = holder[name];
  holder[name] = function (...args) {
    if (++count === at) {
      if (STOP_HALF) half?.(...args);
      end();
    }
    return original.apply(this, args);
  };
}

const bytesOf = (content) => (typeof content === 'string' ? Buffer.from(content) : content);
const halfOf = (content) =>
  ArrayBuffer.isView(content) ? content.subarray(0, content.byteLength / 2) : Buffer.alloc(0);
const halfFile = (path, content) => writeFileSync(path, halfOf(bytesOf(content)));

if (isMainThread) {
  watch(promises, 'writeFile', halfFile);
  for (const name of ['appendFile', 'rename', 'rm', 'mkdir', 'copyFile', 'symlink', 'link'])
    watch(promises, name);
  for (const name of ['openSync', 'renameSync', 'rmSync', 'unlinkSync', 'mkdirSync', 'linkSync'])
    watch(fs, name);
  watch(
    fs,
    'writeSync',
    (file, content, ...rest) => typeof rest[0] !== 'number' && writeSync(file, halfOf(bytesOf(content))),
  );
  const file = await promises.open(process.execPath);
  watch(Object.getPrototypeOf(file), 'write');
  await file.close();
  syncBuiltinESMExports();
  if (COUNT_WRITES) process.on('exit', () => writeFileSync(COUNT_WRITES, `${count}`));
}
