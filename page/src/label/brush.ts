import { signal } from '@preact/signals';
import type { DatasetView } from '../../../src/serve/api.ts';

/** What the pointer does. */
export const TOOLS = {
  brush: { title: 'Brush', key: 'b' },
  eraser: { title: 'Eraser', key: 'e' },
  polygon: { title: 'Polygon', key: 'p' },
  fill: { title: 'Fill', key: 'f' },
  move: { title: 'Move', key: 'm' },
} as const;
export type ToolName = keyof typeof TOOLS;
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];

export const tool = signal<ToolName>('brush');
/** Label that is painted. */
export const label = signal(1);
export type Labelled = Pick<DatasetView, 'classes' | 'multilabel'>;

/** The classes that can be painted, each with its label. */
export const paintable = ({ classes, multilabel }: Labelled) =>
  classes.flatMap(({ name, colour }, k) =>
    multilabel || name !== 'background' ? [{ name, colour, value: multilabel ? k + 1 : k }] : [],
  );

/** Of brush and eraser, in pixels of the image. */
export const radius = signal(8);
/** Of the classes' colours above the image. */
export const opacity = signal(0.8);
/** Whether other classes are left as they are. */
export const keepOthers = signal(false);

export const RADIUS = { least: 0.5, most: 300 };

export function grow(factor: number): void {
  radius.value = Math.min(RADIUS.most, Math.max(RADIUS.least, radius.value * factor));
}
