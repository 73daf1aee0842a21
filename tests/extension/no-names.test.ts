import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { resNet18, resNet50 } from '../../src/encoders/resnet.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Rooms that know encoders and objectives as values only. */
const ROOMS = ['nn', 'train', 'audit', 'runs'];

/** A table of measured networks, which says with which encoder they were made. */
const RECORDS = [join('audit', 'references.ts')];

const files = ROOMS.flatMap((room) =>
  readdirSync(join(source, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(room, name)),
).filter((file) => !RECORDS.includes(file));

/** Without comments, which may give an example. */
const codeOf = (file: string) =>
  readFileSync(join(source, file), 'utf8')
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/^\s*\/\/.*$/gm, '');

const escaped = (name: string) => name.replace(/[^\w]/g, '\\$&');
const encoders = [mobileNetV2, resNet18, resNet50];
const tapNames = [...new Set(encoders.flatMap(({ taps }) => taps.map(({ name }) => name)))];
/** Those that are no words of other things, as `relu` is. */
const ownNames = tapNames.filter((name) => /\d/.test(name));

test.each<[string, RegExp]>([
  ['the name of a tap as a string', new RegExp(`(['"\`])(${tapNames.map(escaped).join('|')})\\1`)],
  ['a name that only a tap has', new RegExp(`\\b(${ownNames.map(escaped).join('|')})\\b`)],
  ['the name of a family', /mobilenet|resnet/i],
  [
    'a comparison of a number of output channels',
    /\b(channels|outputs)\s*[!=]==?\s*\d|\b\d\s*[!=]==?\s*(\w+\.)*(channels|outputs)\b/,
  ],
])('no room above the encoders holds %s', (_, pattern) => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => pattern.test(codeOf(file)))).toEqual([]);
});

test('the patterns find what they are for', () => {
  expect(tapNames).toContain(mobileNetV2.taps[0].name);
  expect(ownNames.length).toBeGreaterThan(5);
});
