import type { Command } from 'commander';
import { benchmarkSchema } from '../bench/settings.ts';
import type { Benchmark } from '../index.ts';
import { commandOf } from './command.ts';
import { comparisonText } from './comparison-text.ts';
import { library } from './library.ts';
import { profileText } from './profile-text.ts';
import { alignedTable } from './tables.ts';

export function benchCommand(): Command {
  return commandOf(
    'bench',
    'Time training and prediction on this machine',
    benchmarkSchema.shape,
    async (options, context) => {
      const result = await (await library()).benchmark(options, context);
      return { json: result, text: benchmarkText(result) };
    },
  );
}

function benchmarkText(result: Benchmark): string {
  const { tool, cpu, threads, device, decoder, size, batch, params } = result;
  const row = (name: string, value: number) => [name, value.toFixed(1)];
  return [
    `${tool}; ${cpu}, ${threads} threads${device === 'cpu' ? '' : `; by ${device}`}`,
    `${decoder}, ${params} parameters, ${batch} images of ${size} px`,
    alignedTable([
      row('training step (ms)', result.train_step_ms),
      row('  its decoder alone (ms)', result.decoder_step_ms),
      ...(result.consistency_step_ms ? [row('  with plain images (ms)', result.consistency_step_ms)] : []),
      row('encoder (ms)', result.encoder_ms),
      row('prediction (ms)', result.infer_ms),
      row('training (images/s)', result.train_images_per_s),
      row('prediction (images/s)', result.infer_images_per_s),
      row('peak memory (MiB)', result.peak_rss_mb),
    ]),
    ...(result.compare ? ['', comparisonText(result.compare)] : []),
    ...(result.profile ? ['', profileText(result.profile)] : []),
  ].join('\n');
}
