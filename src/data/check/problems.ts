import type { DataFolder } from '../folder.node.ts';
import type { Duplicates } from './duplicates.ts';
import type { SampleFacts } from './facts.node.ts';

/** What a problem is about: a folder or its lists, a file that cannot be used, equal files, splitting the folder. */
export type ProblemKind = 'folder' | 'list' | 'file' | 'mask size' | 'duplicates' | 'split';

export interface Problem {
  readonly kind: ProblemKind;
  readonly message: string;
}

export interface Findings {
  readonly data: DataFolder;
  readonly facts: readonly SampleFacts[];
  readonly duplicates: readonly Duplicates[];
  /** Why the folder cannot be split. */
  readonly refusal?: string;
}

/** Everything about a folder that deserves a look before training. Images without masks are none. */
export function problemsOf({ data, facts, duplicates, refusal }: Findings): Problem[] {
  const ofKind = (kind: ProblemKind, messages: readonly string[]) =>
    messages.map((message) => ({ kind, message }));
  return [
    ...ofKind('split', refusal === undefined ? [] : [`default settings cannot split it: ${refusal}`]),
    ...ofKind('folder', data.warnings),
    ...ofKind('list', listedWithoutMask(data)),
    ...ofKind(
      'file',
      facts.flatMap(({ problems }) => problems),
    ),
    ...ofKind('mask size', otherSizes(data, facts)),
    ...ofKind('duplicates', duplicates.map(describeDuplicates)),
  ];
}

/** What is to be measured needs a mask; what is trained on may do without, for pretraining. */
function listedWithoutMask({ samples, lists }: DataFolder): string[] {
  const bare = new Set(samples.filter(({ mask }) => mask === undefined).map(({ stem }) => stem));
  if (bare.size === samples.length) return [];
  return (['val', 'test'] as const).flatMap((name) => {
    const stems = (lists[name] ?? []).filter((stem) => bare.has(stem));
    return stems.map((stem) => `${stem} is in ${name}.txt and has no mask`);
  });
}

function otherSizes({ samples }: DataFolder, facts: readonly SampleFacts[]): string[] {
  return facts.flatMap(({ image, mask }, i) => {
    if (!image || !mask || (image.width === mask.width && image.height === mask.height)) return [];
    const [own, other] = [mask, image].map(({ width, height }) => `${width}x${height}`);
    return `mask ${samples[i].mask}: ${own} pixels, its image ${other}; it will be resized`;
  });
}

/** Most images of a group that are named. */
const mostNamed = 5;

function describeDuplicates({ stems, parts }: Duplicates): string {
  const named = stems.slice(0, mostNamed).join(', ');
  const more = stems.length > mostNamed ? ` and ${stems.length - mostNamed} more` : '';
  return `${named}${more}: equal images, ${parts.length > 1 ? 'in' : 'all in'} ${parts.join(' and ')}`;
}
