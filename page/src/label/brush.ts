import { signal } from '@preact/signals';

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
