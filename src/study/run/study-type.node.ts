import { UserError } from '../../core/errors.ts';
import type { Listener } from '../../core/events.ts';
import { nearest } from '../../core/nearest.ts';
import { parseSize } from '../../core/size.ts';
import { foreground } from '../../data/masks/labelling.ts';
import { scoreColumn } from '../../eval/score-columns.ts';
import { chosenDevice } from '../../runtime/choose-device.node.ts';
import { withLabelling } from '../../settings/labelling.node.ts';
import { labellingOf } from '../../settings/masks.ts';
import { withReading } from '../../settings/reading.node.ts';
import { expectRoomForOne } from '../../train/step-memory.node.ts';
import { type StudyConfig, studySchema } from '../config.ts';
import { resolveStudy } from '../resolve.node.ts';
import { grownStudy } from './growth.node.ts';

/** How a study is begun. */
export const studyType = {
  kind: 'study',
  schema: studySchema,
  resolve: resolveStudy,
  grown: grownStudy,
  settle: async (given: StudyConfig, listener: Listener) => {
    expectRoomForOne(parseSize(given.size));
    const config = await withLabelling(studySchema, given, listener);
    expectScored(config);
    const device = await chosenDevice(config.device, listener);
    return withReading(studySchema, { ...config, device }, listener);
  },
} as const;

/** @throws UserError for a primary contrast in the score of a class that masks do not have */
function expectScored({ primary, ...masks }: StudyConfig): void {
  const { ofClass, metric } = (primary && scoreColumn(primary.metric)) ?? {};
  if (ofClass === undefined) return;
  const names = foreground(labellingOf(masks)).map(({ name }) => name);
  const several = names.length > 1;
  if (several && names.includes(ofClass)) return;
  throw new UserError({
    what: 'primary',
    got: `the class "${ofClass}"`,
    expected: several ? `one of ${names.join(', ')}` : 'no class, as masks have one only',
    fix: several ? `did you mean ${nearest(ofClass, names)}?` : `write ${metric}`,
  });
}
