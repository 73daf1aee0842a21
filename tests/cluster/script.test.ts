import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type ArrayJob, arrayScript, gatherScript, ranges, slurmTime } from '../../src/cluster/script.ts';

const job: ArrayJob = {
  study: "/data/it's 100%/my study",
  program: ['/opt/node 20/bin/node', '/opt/fewmask.js'],
  sbatchArgs: '--partition=gpu -A "my lab"',
  args: ['--known', '/a b'],
  ...{ tasks: [1, 2, 3, 7], of: 9, threads: 4, memoryBytes: 3e9, seconds: 3700 },
};

describe('the script of an array', () => {
  const text = arrayScript(job);
  const options = text.split('\n').filter((line) => line.startsWith('#SBATCH '));

  test('asks for what a task needs; the options of its user come last, so that they count', () => {
    expect(options).toContain('#SBATCH --array=1-3,7');
    expect(options).toContain('#SBATCH --cpus-per-task=4');
    expect(options).toContain('#SBATCH --mem=2862M');
    expect(options).toContain('#SBATCH --time=01:02:00');
    expect(options).toContain('#SBATCH --requeue');
    expect(options.at(-1)).toBe('#SBATCH --partition=gpu -A "my lab"');
  });

  test('writes logs into the folder of the study, whatever its name', () => {
    expect(options).toContain(`#SBATCH --output="/data/it's 100%%/my study/slurm/task-%a.log"`);
  });

  test('is the program with its arguments, as the shell reads them', () => {
    const shown = text.replace(/^exec /m, 'printf "%s\\n" ');
    const said = execFileSync('bash', ['-c', shown], {
      env: { ...process.env, SLURM_ARRAY_TASK_ID: '7', SLURM_CPUS_PER_TASK: '8' },
      encoding: 'utf8',
    });
    expect(said.trimEnd().split('\n')).toEqual([
      ...['/opt/node 20/bin/node', '/opt/fewmask.js', 'study', '--resume', "/data/it's 100%/my study"],
      ...['--known', '/a b', '--task', '7/9', '--threads', '8'],
    ]);
  });
});

test('the job that makes tables and report trains nothing', () => {
  const text = gatherScript(job);
  expect(text).toMatch(/^exec .* --gather$/m);
  expect(text).not.toContain('--array');
});

test.each([
  [[], ''],
  [[4], '4'],
  [[1, 2, 3], '1-3'],
  [[1, 3, 4, 9], '1,3-4,9'],
])('the numbers %j are written as %s', (numbers, expected) => {
  expect(ranges(numbers)).toBe(expected);
});

test.each([
  [59, '00:01:00'],
  [3600, '01:00:00'],
  [3601, '01:01:00'],
  [360_000, '100:00:00'],
])('%d s are %s', (seconds, expected) => {
  expect(slurmTime(seconds)).toBe(expected);
});
