import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { underWay } from '../../src/cluster/slurm.node.ts';
import { submitStudy } from '../../src/cluster/submit.node.ts';
import { rememberSubmitted } from '../../src/cluster/submitted.node.ts';
import type { RunEvent } from '../../src/events/run-event.ts';
import { startStudy } from '../../src/study/run/task.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const folder = await temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

/** Answers in the place of Slurm. */
async function squeue(body: string): Promise<void> {
  await writeFile(join(folder, 'squeue'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter));
}

test('tasks that wait or run are those of the arrays that are asked for', async () => {
  await squeue("printf '7|1|RUNNING|n1|None\\n7|4|PENDING||Resources\\n8|2|RUNNING|n1|None\\n'");
  expect(await underWay(['7'])).toEqual([1, 4]);
});

test('where Slurm does not answer nothing is submitted a second time', async () => {
  await squeue('echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1');
  expect(await refusal(() => underWay(['7']))).toMatch(
    /^squeue: got slurm_load_jobs error: Unable to contact slurm controller, expected .*try again/,
  );
  expect(await underWay([])).toEqual([]);
});

test('what would be submitted is told without an answer of Slurm, too', async () => {
  await squeue('echo "squeue: unrecognized option --me" >&2; exit 1');
  const { settings } = await tinySettings(folder, 8);
  const options = { ...settings, labels: '3', arms: 'scratch', seeds: 1, audits: 0 };
  const told: RunEvent[] = [];
  const place = { out: join(folder, 'study'), onEvent: (event: RunEvent) => told.push(event) };
  await startStudy(options, place);
  await rememberSubmitted(place.out, { array: '7', tasks: [1], since: '' });
  const again = { ...place, resume: true, args: [] };
  expect(await submitStudy(options, { ...again, dryRun: true })).toMatchObject({ under_way: [], of: 1 });
  expect(told).toContainEqual(
    expect.objectContaining({ text: expect.stringMatching(/are not left out: squeue: got .*option --me/) }),
  );
  expect(await refusal(submitStudy(options, { ...again, dryRun: false }))).toMatch(/^squeue: got /);
});
