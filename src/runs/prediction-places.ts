import { isToolFormat } from '../annotations/format.ts';
import { folderName } from '../annotations/plain-names.ts';
import { foreground } from '../data/masks/labelling.ts';
import { labellingOf } from '../settings/masks.ts';
import type { OpenedRun } from './open-run.node.ts';
import type { OutputPlace } from './output-files.node.ts';
import type { PredictFormat } from './prediction.ts';

/** Where the files of a prediction lie: of classes that overlap each has a folder, as masks of such classes lie. */
export function predictionPlaces(config: OpenedRun['config'], format: PredictFormat): readonly OutputPlace[] {
  if (isToolFormat(format)) return [(stem) => `${stem}.json`];
  if (format !== 'png' || config.kind !== 'train') return [(stem) => `${stem}.${format}`];
  const labelling = labellingOf(config);
  if (!labelling.multilabel) return [(stem) => `${stem}.png`];
  return foreground(labelling).map(
    ({ name }) =>
      (stem) =>
        `${folderName(name)}/${stem}.png`,
  );
}
