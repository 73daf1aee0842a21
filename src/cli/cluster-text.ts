import { count, gigabytes } from '../core/format.ts';
import { quoted } from '../core/shell.ts';
import type { StudyStatus, Submission, TaskSummary } from '../index.ts';
import { formatDuration, runName } from './progress.ts';

/** What one task of a study came to, for the terminal. */
export function taskText(
  { task, runs, done, elsewhere, interrupted, seconds }: TaskSummary,
  out: string,
): string {
  return [
    `task ${task}: ${done} of ${count(runs, 'run')} ended, in ${formatDuration(seconds)}`,
    ...elsewhere.map((run) => `left to another process: ${runName(run)}`),
    interrupted
      ? `stopped; continue with: npx fewmask study --resume ${quoted(out)} --task ${task}`
      : `how the study stands: npx fewmask study --status ${quoted(out)}`,
  ].join('\n');
}

/** What was handed to Slurm, or would be. */
export function submissionText(submission: Submission, out: string): string {
  const { of, tasks, threads, memory_bytes, under_way, scripts, jobs } = submission;
  const folder = quoted(out);
  if (tasks.length === 0) {
    return under_way.length > 0
      ? `nothing to submit: what is left waits or runs already (tasks ${under_way.join(', ')})\nhow it goes: npx fewmask study --status ${folder}`
      : `nothing to submit: all runs have ended\ntables and report: npx fewmask study --resume ${folder} --gather`;
  }
  const longest = formatDuration(Math.max(...tasks.map(({ seconds }) => seconds)));
  const what = `${tasks.length} of ${count(of, 'task')}: each has ${count(threads, 'thread')} and needs about ${gigabytes(memory_bytes)}; the longest takes about ${longest} on a machine like this one`;
  const asked = 'The scripts ask for more memory and time than that; --sbatch-args changes it';
  if (!jobs) {
    return [
      what,
      asked,
      ...Object.entries(scripts).flatMap(([name, text]) => ['', `${name}:`, text.trimEnd()]),
      '',
      'This was a dry run: nothing was written, and nothing was submitted',
    ].join('\n');
  }
  return [
    what,
    asked,
    `submitted: array ${jobs.array}, and job ${jobs.gather}, which makes tables and report when the array has ended`,
    `scripts and logs: ${out}/slurm`,
    `how it goes: npx fewmask study --status ${folder}`,
    `what is missing at the end: npx fewmask study --resume ${folder} --slurm`,
  ].join('\n');
}

/** How a study stands: a line a task, but for those that are done, and what to do next. */
export function statusText({ study, tasks, submitted, queue, gathered }: StudyStatus): string {
  const runs = tasks.flatMap((task) => task.runs);
  const numberOf = (...states: string[]) => runs.filter(({ state }) => states.includes(state)).length;
  const facts = [
    [numberOf('done'), 'done'],
    [numberOf('known'), 'known from elsewhere'],
    [numberOf('running'), 'running'],
    [numberOf('stopped'), 'stopped'],
    [numberOf('open'), 'not begun'],
  ].flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]));
  const left = tasks.filter(({ state }) => state !== 'done');
  const lost = left.filter(({ state }) => state === 'lost').map(({ task }) => task);
  const rows = left.map(({ task, state, runs: own, job }) => {
    const ended = own.filter((run) => run.state === 'done' || run.state === 'known').length;
    return [
      String(task),
      state,
      `${ended} of ${own.length}`,
      job ? [job.state, job.nodes, job.note].filter((word) => word && word !== 'None').join(' ') : '-',
      own.flatMap(runText).join('; ') || '-',
    ];
  });
  const folder = quoted(study);
  return [
    `${count(runs.length, 'run')} in ${count(tasks.length, 'task')}: ${facts.join(', ')}`,
    ...(rows.length > 0 ? ['', columns([['task', 'state', 'runs', 'slurm', 'now'], ...rows]), ''] : []),
    ...(submitted && !queue ? ['squeue does not answer: what waits there is not known'] : []),
    ...(lost.length > 0
      ? [
          `lost: ${lost.join(', ')}; submit what is missing with: npx fewmask study --resume ${folder} --slurm`,
        ]
      : []),
    ...(left.length === 0
      ? [
          gathered
            ? `report: ${study}/report.html`
            : `tables and report: npx fewmask study --resume ${folder} --gather`,
        ]
      : []),
  ].join('\n');
}

/** Cells to the left. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

type RunStatus = StudyStatus['tasks'][number]['runs'][number];

function runText({ run, state, step, by, silent }: RunStatus): string[] {
  if (state !== 'running' && state !== 'stopped') return [];
  const reached = step === undefined ? '' : `, step ${step} of ${run.steps}`;
  const who = by
    ? ` (process ${by.pid} on ${by.host}${silent === undefined ? '' : `, silent for ${formatDuration(silent)}`})`
    : '';
  return [`${runName(run)}${reached}${state === 'stopped' ? ', stopped' : who}`];
}
