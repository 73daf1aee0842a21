// Attacks what reads files of others: each file is sound, then changed by what it is made of, and read.
//
//   npx tsx scripts/attack/main.ts [NAME ..] [--cases 300] [--seed 1]
//
// A fault is anything but an end or a UserError, and an attempt of more than 10 s. Exit code 1 if there is one.
import { parseArgs } from 'node:util';
import { attack } from './attacker.ts';
import { ATTACKERS } from './attackers.ts';

const { values, positionals } = parseArgs({
  options: { cases: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
let faults = 0;
console.log('| attacked | tried | refused | taken | longest, ms | faults |\n|---|---|---|---|---|---|');
for (const attacker of ATTACKERS) {
  if (positionals.length > 0 && !positionals.includes(attacker.name)) continue;
  const made = await attack(attacker, { cases: Number(values.cases), seed: Number(values.seed) });
  const { tried, refused, taken, longest } = made;
  console.log(
    `| ${attacker.what} | ${tried} | ${refused} | ${taken} | ${Math.round(longest)} | ${made.faults.length} |`,
  );
  for (const fault of made.faults) console.error(fault);
  faults += made.faults.length;
}
process.exitCode = faults > 0 ? 1 : 0;
