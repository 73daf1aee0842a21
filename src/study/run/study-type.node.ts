import type { Listener } from '../../core/events.ts';
import { withLabelling } from '../../settings/labelling.node.ts';
import { type StudyConfig, studySchema } from '../config.ts';
import { resolveStudy } from '../resolve.node.ts';
import { grownStudy } from './growth.node.ts';

/** How a study is begun. */
export const studyType = {
  kind: 'study',
  schema: studySchema,
  resolve: resolveStudy,
  grown: grownStudy,
  settle: (config: StudyConfig, listener: Listener) => withLabelling(studySchema, config, listener),
} as const;
