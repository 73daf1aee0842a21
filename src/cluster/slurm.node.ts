import { UserError } from '../core/errors.ts';
import { runProgram } from '../core/program.node.ts';

/** A job of an array, as Slurm tells of it. */
export interface JobState {
  /** Of the array, and which of its jobs. */
  readonly job: string;
  readonly task: number;
  /** In Slurm's words: PENDING, RUNNING, COMPLETED, TIMEOUT, .. */
  readonly state: string;
  readonly nodes: string;
  /** Why it waits, or how long it took. */
  readonly note: string;
}

/**
 * Hands a script to Slurm.
 *
 * @param after an array: the job begins when all of it has ended, however that was
 * @returns the job's number
 * @throws UserError with what sbatch said
 */
export async function sbatch(script: string, after?: string): Promise<string> {
  const dependency = after === undefined ? [] : [`--dependency=afterany:${after}`];
  try {
    const { stdout } = await runProgram('sbatch', ['--parsable', ...dependency, script]);
    // Of several clusters: `JOB;CLUSTER`.
    return stdout.trim().split(';')[0];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError({
      what: 'sbatch',
      got: saidBy(error),
      expected: 'Slurm to take the job',
      fix:
        code === 'ENOENT'
          ? 'submit from a machine that has it; without Slurm, --task makes a part of a study under any scheduler'
          : `look at ${script}, and hand it over with sbatch yourself, or change --sbatch-args`,
    });
  }
}

/** Why a program came to nothing, in its own words where it has some. */
function saidBy(error: unknown): string {
  const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string };
  if (code === 'ENOENT') return 'no such program';
  return stderr?.trim().replaceAll('\n', ' ') || `an error (${code})`;
}

/** Jobs of these arrays that wait or run; undefined where there is no answer. */
export async function queued(arrays: readonly string[]): Promise<JobState[] | undefined> {
  return inQueue(arrays).catch(() => undefined);
}

async function inQueue(arrays: readonly string[]): Promise<JobState[]> {
  const lines = await linesOf('squeue', ['--me', '--noheader', '--array', '--format=%F|%K|%T|%N|%r']);
  return lines
    .map((line) => line.split('|'))
    .filter(([job]) => arrays.includes(job))
    .map(([job, task, state, nodes, note]) => ({ job, task: Number(task), state, nodes, note }));
}

/** The tasks of arrays that wait or run. @throws UserError where that is not known: they would be made twice */
export async function underWay(arrays: readonly string[]): Promise<number[]> {
  if (arrays.length === 0) return [];
  try {
    return (await inQueue(arrays)).map(({ task }) => task);
  } catch (error) {
    throw new UserError({
      what: 'squeue',
      got: saidBy(error),
      expected: 'which tasks of this study wait or run already',
      fix: 'try again when Slurm answers; --status tells what is missing',
    });
  }
}

/** Jobs of these arrays that have ended, the latest last; undefined where Slurm keeps no accounts. */
export async function accounted(arrays: readonly string[]): Promise<JobState[] | undefined> {
  if (arrays.length === 0) return [];
  const wanted = ['--noheader', '--parsable2', '--allocations', '--format=JobID,State,NodeList,Elapsed'];
  const lines = await linesOf('sacct', [...wanted, `--jobs=${arrays.join()}`]).catch(() => undefined);
  return lines?.flatMap((line) => {
    const [id, state, nodes, elapsed] = line.split('|');
    const [, job, task] = /^(\d+)_(\d+)$/.exec(id) ?? [];
    // `CANCELLED by 1000` is one of them.
    return job ? [{ job, task: Number(task), state: state.split(' ')[0], nodes, note: elapsed }] : [];
  });
}

async function linesOf(program: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await runProgram(program, args);
  return stdout.split('\n').filter((line) => line !== '');
}
