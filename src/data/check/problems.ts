import type { Size } from '../../core/size.ts';
import type { DataFolder } from '../folders/folder.node.ts';
import { someOf } from '../folders/groups.ts';
import { maskName, maskPaths } from '../folders/mask-source.ts';
import { vanishingText } from '../masks/vanishing.ts';
import type { Duplicates } from './duplicates.ts';
import type { SampleFacts } from './facts.node.ts';
import type { MaskMeaning } from './meaning.node.ts';
import type { PixelMeaning } from './pixels.node.ts';

/**
 * What a problem is about: a folder or its lists, what masks or pixels mean, a file that cannot be used, masks of another size than their
 * image, images that their files say are stored turned, what is too small at the network's size, equal files, images of different parts or of different groups that look alike, splitting the folder.
 */
export type ProblemKind =
  | 'folder'
  | 'list'
  | 'masks'
  | 'pixels'
  | 'file'
  | 'mask size'
  | 'turned images'
  | 'small objects'
  | 'duplicates'
  | 'near duplicates'
  | 'groups'
  | 'split';

export interface Problem {
  readonly kind: ProblemKind;
  readonly message: string;
  /** The images that it is about; absent if it is about the whole folder. */
  readonly stems?: readonly string[];
}

type Found = Omit<Problem, 'kind'>;

export interface Findings {
  readonly data: DataFolder;
  readonly facts: readonly SampleFacts[];
  /** Equal files. */
  readonly duplicates: readonly Duplicates[];
  /** What looks alike, equal files among it. */
  readonly alike: readonly Duplicates[];
  /** Why the folder cannot be split. */
  readonly refusal?: string;
  readonly meaning: Pick<MaskMeaning, 'problems'>;
  readonly pixels: Pick<PixelMeaning, 'problems'>;
  /** The network's. */
  readonly size: Size;
}

/** Everything about a folder that deserves a look before training. Images without masks are none. */
export function problemsOf(findings: Findings): Problem[] {
  const { data, facts, duplicates, alike, refusal, meaning, pixels, size } = findings;
  const ofKind = (kind: ProblemKind, found: readonly (string | Found)[]) =>
    found.map((one): Problem => ({ kind, ...(typeof one === 'string' ? { message: one } : one) }));
  return [
    ...ofKind('split', refusal === undefined ? [] : [`default settings cannot split it: ${refusal}`]),
    ...ofKind('folder', data.warnings),
    ...ofKind('list', listedWithoutMask(data)),
    ...ofKind('masks', meaning.problems),
    ...ofKind('pixels', pixels.problems),
    ...ofKind('file', unusable(data, facts)),
    ...ofKind('mask size', otherSizes(data, facts)),
    ...ofKind('turned images', turnedUnseen(data, facts)),
    ...ofKind('small objects', tooSmall(facts, size)),
    ...ofKind(
      'duplicates',
      duplicates.map((group) => describe(group, 'equal images')),
    ),
    ...ofKind(
      'near duplicates',
      leaks(alike, duplicates).map((group) => describe(group, 'nearly equal images')),
    ),
    ...ofKind('groups', acrossGroups(data, alike)),
  ];
}

function unusable({ samples }: DataFolder, facts: readonly SampleFacts[]): Found[] {
  return facts.flatMap(({ problems }, i) =>
    problems.map((message) => ({ message, stems: [samples[i].stem] })),
  );
}

/** What is to be measured needs a mask; what is trained on may do without, for pretraining. */
function listedWithoutMask({ samples, lists }: DataFolder): Found[] {
  const bare = new Set(samples.filter(({ mask }) => mask === undefined).map(({ stem }) => stem));
  if (bare.size === samples.length) return [];
  return (['val', 'test'] as const).flatMap((name) => {
    const stems = (lists[name] ?? []).filter((stem) => bare.has(stem));
    return stems.map((stem) => ({ message: `${stem} is in ${name}.txt and has no mask`, stems: [stem] }));
  });
}

function otherSizes({ samples }: DataFolder, facts: readonly SampleFacts[]): Found[] {
  return facts.flatMap(({ image, mask }, i) => {
    if (!image || !mask || (image.width === mask.width && image.height === mask.height)) return [];
    const [own, other] = [mask, image].map(({ width, height }) => `${width}x${height}`);
    const { stem, mask: source } = samples[i];
    const message = `mask ${maskName(source!)}: ${own} pixels, its image ${other}; it will be resized`;
    return { message, stems: [stem] };
  });
}

/** Images with masks that are turned or mirrored when they are read, of which a mask that is not has the same size. */
function turnedUnseen({ samples }: DataFolder, facts: readonly SampleFacts[]): Found[] {
  const stems = facts.flatMap(({ image, mask }, i) => {
    const { stem, mask: source } = samples[i];
    if (!image || !mask || image.orientation === 1 || maskPaths(source).length === 0) return [];
    return image.orientation < 5 || image.width === image.height ? [stem] : [];
  });
  if (stems.length === 0) return [];
  const message = `${someOf(stems)}: stored turned or mirrored (EXIF), and read upright, where a mask that was drawn on what is stored has the same size; look whether masks and images agree, as in fewmask serve`;
  return [{ message, stems }];
}

function tooSmall(facts: readonly SampleFacts[], size: Size): string[] {
  const told = vanishingText(
    facts.flatMap(({ mask }) => mask?.vanishing ?? []),
    size,
  );
  return told === undefined ? [] : [told];
}

/** Most images of a group that are named. */
const mostNamed = 5;

/** What lies in several parts, but where equal files have said so already. */
function leaks(alike: readonly Duplicates[], equal: readonly Duplicates[]): Duplicates[] {
  const told = new Set(equal.map(({ stems }) => stems.join('\n')));
  return alike.filter(({ stems, parts }) => parts.length > 1 && !told.has(stems.join('\n')));
}

/** What looks alike, but belongs to several named groups: then one of these is hardly right. */
function acrossGroups({ samples }: DataFolder, alike: readonly Duplicates[]): Found[] {
  const groupOf = new Map(samples.map(({ stem, group }) => [stem, group]));
  return alike.flatMap(({ stems }) => {
    const groups = [...new Set(stems.flatMap((stem) => groupOf.get(stem) ?? []))];
    if (groups.length < 2) return [];
    const message = `${someOf(stems)}: equal or nearly equal images of the groups ${someOf(groups)}, which stay together`;
    return { message, stems };
  });
}

function describe({ stems, parts }: Duplicates, what: string): Found {
  const named = stems.slice(0, mostNamed).join(', ');
  const more = stems.length > mostNamed ? ` and ${stems.length - mostNamed} more` : '';
  const message = `${named}${more}: ${what}, ${parts.length > 1 ? 'in' : 'all in'} ${parts.join(' and ')}`;
  return { message, stems };
}
