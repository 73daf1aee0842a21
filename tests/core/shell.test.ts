import { expect, test } from 'vitest';
import { quoted, withoutFolders } from '../../src/core/shell.ts';

const command = (...words: readonly string[]) => ['fewmask', ...words].map(quoted).join(' ');

test.each([
  [
    ['train', '--data', '/home/me/polyps', '--out', 'runs/a'],
    ['train', '--data', 'polyps', '--out', 'runs/a'],
  ],
  [
    ['--data=/home/me/data set/', '--seed', '1'],
    ['--data=data set', '--seed', '1'],
  ],
  [["/home/me/patient O'Neill/x.pth"], ['x.pth']],
  [
    ['~/data', 'C:\\Users\\me\\data', '/'],
    ['data', 'data', '/'],
  ],
  [
    ['--encoder', 'hf:timm/resnet18.a1_in1k', '--scales', '0.75,1'],
    ['--encoder', 'hf:timm/resnet18.a1_in1k', '--scales', '0.75,1'],
  ],
  [
    ['--set', 'encoder=/home/me/secret/w.pth', '--set', 'arms.x.init=/home/me/x y/w.safetensors'],
    ['--set', 'encoder=w.pth', '--set', 'arms.x.init=w.safetensors'],
  ],
  [
    ['--data', '../../me/d', '--data=file:///home/me/x', '--out', 'a/../../me/b', './runs/c'],
    ['--data', 'd', '--data=x', '--out', 'b', './runs/c'],
  ],
  [
    ['--plain', '/home/me/a,/home/you/b', '--plain', '/home/me/c,d/e/', '--plain', 'f/g,h/i'],
    ['--plain', 'a,b', '--plain', 'c,e', '--plain', 'f/g,h/i'],
  ],
  [
    ['--set', 'arms={x: {init: /home/me/w.pth}, y: {init: "/home/me/v.pth"}}'],
    ['--set', 'arms={x: {init: w.pth}, y: {init: "v.pth"}}'],
  ],
])('of %j is told %j', (given, told) => {
  expect(withoutFolders(command(...given))).toBe(command(...told));
});
