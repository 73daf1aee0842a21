import { Command } from 'commander';
import { benchmarkSchema } from '../bench/settings.ts';
import { benchmark } from '../index.ts';
import { comparisonText } from './comparison-text.ts';
import { addFlags, givenSettings } from './flags.ts';
import { print } from './outcome.ts';
import { profileText } from './profile-text.ts';
import { Progress } from './progress.ts';
import { alignedTable } from './tables.ts';

export function benchCommand(): Command {
  const command = new Command('bench').description('time training and prediction on this machine');
  addFlags(command, benchmarkSchema);
  command.option('--json', 'print the result as JSON');
  return command.action(async () => {
    const progress = new Progress(process.stderr);
    const result = await benchmark(givenSettings(command, benchmarkSchema), {
      ...progress.hooks(),
      onMeasured: (done, total) => progress.count('measured', done, total),
    });
    const { tool, cpu, threads, decoder, size, batch, params } = result;
    const row = (name: string, value: number) => [name, value.toFixed(1)];
    const text = [
      `${tool}; ${cpu}, ${threads} threads`,
      `${decoder}, ${params} parameters, ${batch} images of ${size} px`,
      alignedTable([
        row('training step (ms)', result.train_step_ms),
        row('  its decoder alone (ms)', result.decoder_step_ms),
        row('encoder (ms)', result.encoder_ms),
        row('prediction (ms)', result.infer_ms),
        row('training (images/s)', result.train_images_per_s),
        row('prediction (images/s)', result.infer_images_per_s),
        row('memory, at most (MiB)', result.peak_rss_mb),
      ]),
      ...(result.compare ? ['', comparisonText(result.compare)] : []),
      ...(result.profile ? ['', profileText(result.profile)] : []),
    ].join('\n');
    print({ json: result, text }, progress, command.opts<{ json?: boolean }>().json);
  });
}
