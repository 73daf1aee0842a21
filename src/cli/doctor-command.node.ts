import type { Command } from 'commander';
import { gigabytes } from '../core/format.ts';
import type { Doctor } from '../index.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

export function doctorCommand(): Command {
  return commandOf(
    'doctor',
    'Look at this machine: versions, memory, kernels, folders. For a report of what does not work',
    {},
    async () => {
      const found = await (await library()).doctor();
      return { json: found, text: doctorText(found), exitCode: found.problems.length > 0 ? 1 : 0 };
    },
  );
}

/** A line a fact, and then what is not as it should be. */
export function doctorText({
  versions,
  machine,
  blocked,
  backends,
  folders,
  registry,
  ...more
}: Doctor): string {
  const { memory } = machine;
  const facts = [
    ...Object.entries(versions),
    ['system', `${machine.platform}, ${machine.release}`],
    ['processor', `${machine.cpu}, ${machine.cores} cores`],
    [
      'memory',
      `${gigabytes(memory.all)}, ${gigabytes(memory.free)} free${memory.limit === undefined ? '' : `, at most ${gigabytes(memory.limit)} for this process`}`,
    ],
    ['kernels', blocked === undefined ? 'unknown' : blocked > 0 ? `blocked, ${blocked} channels` : 'plain'],
    [
      'backends',
      backends.map(({ name, bundled }) => `${name}${bundled ? '' : ' (not bundled)'}`).join(', ') || 'none',
    ],
    ...Object.entries(folders).map(([name, { path, writable, free, files }]) => [
      name,
      `${path}, ${writable ? `${gigabytes(free)} free, ${files} files` : 'not writable'}`,
    ]),
    ['registry', registry],
    ...Object.entries(more.environment),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...(more.problems.length === 0
      ? ['nothing is wrong as far as this can see']
      : more.problems.map((problem) => `problem: ${problem}`)),
  ].join('\n');
}
