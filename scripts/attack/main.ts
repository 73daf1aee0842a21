// Attacks what reads files of others: each file is sound, then changed by what it is made of, and read. By name also the built
// program as a process: kills, disks, pairs, tasks.
//
//   npx tsx scripts/attack/main.ts [NAME ..] [--cases 300] [--seed 1] [--verbose]
//
// A fault is anything but an end or a UserError, and an attempt that computes for more than 10 s, or takes a minute (of processes
// more). Exit code 1 if there is one.
import { parseArgs } from 'node:util';
import { attack } from './attacker.ts';
import { ATTACKERS, OF_PROCESSES } from './attackers.ts';

const { values, positionals } = parseArgs({
  options: {
    cases: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
let faults = 0;
console.log('| attacked | tried | refused | taken | longest, ms | faults |\n|---|---|---|---|---|---|');
const all = [...ATTACKERS, ...OF_PROCESSES];
const unknown = positionals.find((name) => !all.some((attacker) => attacker.name === name));
if (unknown !== undefined) {
  const names = all.map(({ name }) => name).join(', ');
  throw new Error(`NAME: got ${unknown}, expected some of ${names}`);
}
const chosen = positionals.length > 0 ? all.filter(({ name }) => positionals.includes(name)) : ATTACKERS;
for (const attacker of chosen) {
  const made = await attack(attacker, {
    cases: Number(values.cases),
    seed: Number(values.seed),
    ...(values.verbose && { onAttempt: (text, outcome) => console.error(`${text}: ${outcome}`) }),
  });
  const { tried, refused, taken, longest } = made;
  console.log(
    `| ${attacker.what} | ${tried} | ${refused} | ${taken} | ${Math.round(longest)} | ${made.faults.length} |`,
  );
  for (const fault of made.faults) console.error(fault);
  faults += made.faults.length;
}
process.exitCode = faults > 0 ? 1 : 0;
