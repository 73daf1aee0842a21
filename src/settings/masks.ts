import * as z from 'zod';
import { type Labelling, MASK_VALUES, type MaskClass, ONE_OBJECT } from '../data/masks/labelling.ts';
import { setting } from './setting.ts';
import { text } from './shared.ts';

const maskClass = z.strictObject({
  number: z.int().min(0).max(65535).optional(),
  name: text,
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'a colour such as "#ff8000"')
    .optional(),
});

const ignored = z.union([z.int().min(0), z.string().regex(/^(#[0-9a-f]{6}|\d+)$/i, 'a value or a colour')]);

/** Whether classes are a file of them, not a list. */
export function isClassesFile(classes: string): boolean {
  return /\.(ya?ml|txt)$/i.test(classes);
}

/** What the masks of a data folder mean. Unless it is said, it is found in them, and refused where that would be a guess. */
export const maskSettings = {
  maskValues: setting(
    z.enum(['auto', ...MASK_VALUES]).default('auto'),
    'Data',
    'What the values of masks are. light: the object is above half of the range. nonzero: it is all above 0, such as numbers of objects. classes: numbers of classes. colours: colours of classes. auto finds it in all masks, and refuses what could be several',
    { ofStudy: true },
  ),
  classes: setting(
    z.union([text, z.array(maskClass).min(1)]).optional(),
    'Data',
    'Names of the classes, such as polyp or 1=polyp,2=tool, or a file of them (default: classes.yaml or classes.txt of --data)',
    { placeholder: 'list|file', file: isClassesFile, ofStudy: true },
  ),
  ignore: setting(
    z.union([text, z.number(), z.array(ignored)]).default([]),
    'Data',
    'Values of masks, or colours, of pixels of which nothing is known, such as 255: they count in no loss and no score',
    { placeholder: 'list', ofStudy: true },
  ),
  multilabel: setting(
    z.boolean().default(false),
    'Data',
    'Classes may overlap: each has a folder of masks, masks/NAME/, and a probability of its own',
    { ofStudy: true },
  ),
};

/** How much the classes count. */
export const classWeights = setting(
  z.union([text, z.array(z.number())]).default('none'),
  'Training',
  'How much pixels of each class count in the loss, where each pixel has one of several: none (all alike), auto (rare classes more), or a number for each, such as 1,2,0.5',
  { placeholder: 'list' },
);

/** Of a training, and of those of a study. */
export type MaskSettings = z.output<z.ZodObject<typeof maskSettings>>;

/** Whether nothing is left to be found in the masks. */
export function isSettled({ maskValues, classes }: MaskSettings): boolean {
  return maskValues !== 'auto' && Array.isArray(classes) && classes.every(isComplete);
}

const isComplete = (each: MaskClassGiven): each is MaskClass =>
  each.number !== undefined && each.colour !== undefined;
type MaskClassGiven = z.output<typeof maskClass>;

/** What masks mean by settings that are settled; of others, which have seen no masks, that of one class. */
export function labellingOf({ maskValues, classes, ignore, multilabel }: MaskSettings): Labelling {
  if (maskValues === 'auto' || !Array.isArray(classes)) return ONE_OBJECT;
  return {
    maskValues,
    classes: classes.filter(isComplete),
    ignore: parseIgnored(ignore),
    multilabel,
  };
}

/** `255`, or `0,#ff0000`. */
export function parseIgnored(ignore: MaskSettings['ignore']): (number | string)[] {
  const list = Array.isArray(ignore) ? ignore : String(ignore).split(',');
  return list.map((each) => {
    const trimmed = String(each).trim().toLowerCase();
    return trimmed.startsWith('#') ? ignored.parse(trimmed) : Number(ignored.parse(trimmed));
  });
}
