import type { Command } from 'commander';
import type { Conversion } from '../index.ts';
import { convertSchema } from '../settings/tools.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

/** `fewmask data convert`. */
export function dataConvertCommand(): Command {
  return commandOf(
    'convert',
    'Write annotations in the format of another tool',
    convertSchema.shape,
    async (options, context) => {
      const conversion = await (await library()).convertData(options, context);
      return { json: conversion, text: textOf(conversion) };
    },
  );
}

function textOf({ from, to, out, images, unseen, objects, classes, notes, losses }: Conversion): string {
  const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
  const without = unseen > 0 ? ` (${unseen} not annotated)` : '';
  const what = [
    `${count(images, 'image', 'images')}${without}`,
    count(objects, 'object', 'objects'),
    count(classes.length, 'class', 'classes'),
  ];
  return [...notes, ...losses, `${from} to ${to}: ${what.join(', ')}, in ${out}`].join('\n');
}
