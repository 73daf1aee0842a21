import { expect, test } from 'vitest';
import { attack } from '../../scripts/attack/attacker.ts';
import { OF_PROCESSES } from '../../scripts/attack/attackers.ts';
import { canMount } from '../../scripts/attack/disks.ts';

/** Those of studies take long. */
const CASES: Readonly<Record<string, number>> = { 'kills-studies': 1, tasks: 1 };
const MOUNTING = ['disks', 'disks-read-only'];

// The long form: npx tsx scripts/attack/main.ts kills disks pairs tasks
for (const attacker of OF_PROCESSES.filter(({ name }) => canMount || !MOUNTING.includes(name))) {
  const cases = CASES[attacker.name] ?? 2;
  test(`survives: ${attacker.name}`, { timeout: 600_000 }, async () => {
    const made = await attack(attacker, { cases, seed: 7 });
    expect(made.faults).toEqual([]);
    expect(made.taken + made.refused).toBe(cases);
  });
}
