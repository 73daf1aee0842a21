import { eachOf } from '../../core/each.ts';
import { UserError } from '../../core/errors.ts';
import { contentOf } from '../decode/content.node.ts';
import type { DataFolder } from '../folders/folder.node.ts';
import { maskPaths } from '../folders/mask-source.ts';
import { labellingOfAnnotations } from './annotated-labelling.ts';
import { type Decision, decideLabelling, type GivenLabelling, holdsNumbers } from './decide.ts';
import { BACKGROUND, type Labelling, usualColour } from './labelling.ts';
import { readRawMask } from './read-raw-mask.node.ts';
import { surveyOf } from './survey.ts';
import type { SurveyedMask } from './union.ts';

/** As many files are read at once; decoding is done by threads of the decoder's own. */
const AT_ONCE = 4;

/**
 * What the masks of a data folder mean, found in all of them; of annotations, told by these.
 *
 * @param given what the user has said; without classes those of the folder's list
 * @returns undefined if there is no mask, or none that can be read
 * @throws UserError where it would be a guess, and for what cannot be as it was said
 */
export async function labellingOfFolder(
  folder: DataFolder,
  given: GivenLabelling & { readonly multilabel: boolean },
  onProgress: (done: number, total: number) => void = () => {},
): Promise<(Omit<Decision, 'labelling'> & { readonly labelling: Labelling }) | undefined> {
  const { root, classFolders } = folder;
  const { multilabel, ...own } = given;
  const said = {
    ...own,
    classes: own.classes ?? folder.classes?.classes,
    ignore: own.ignore?.length ? own.ignore : folder.classes?.ignore,
  };
  if (folder.annotations) {
    return folder.samples.some(({ mask }) => mask !== undefined)
      ? labellingOfAnnotations(folder.annotations, given, root)
      : undefined;
  }
  if (multilabel && !classFolders) {
    throw new UserError({
      what: 'multilabel',
      got: `${root}, in which one mask tells all classes`,
      expected: 'a folder of masks for each class: masks/NAME/',
      fix: 'leave out --multilabel',
    });
  }
  const files = await surveyed(
    folder.samples.flatMap(({ mask }) => maskPaths(mask)),
    onProgress,
  );
  if (files.length === 0) return undefined;
  if (!classFolders) {
    const decision = decideLabelling(files, said, root);
    return { ...decision, labelling: { ...decision.labelling, multilabel } };
  }
  const { labelling, ...decision } = decideLabelling(
    files,
    { ...said, classes: undefined, maskValues: said.maskValues ?? valuesOfOneClass(files, said.ignore) },
    root,
  );
  expectOneObject(labelling, root);
  const colourOf = new Map(said.classes?.map(({ name, colour }) => [name, colour]));
  const named = classFolders.map((name, k) => ({
    number: k + 1,
    name,
    colour: colourOf.get(name) ?? usualColour(k),
  }));
  const background = { number: 0, name: BACKGROUND, colour: '#000000' };
  const classes = multilabel ? named : [background, ...named];
  const told = `masks: a folder for each of ${classFolders.join(', ')}${multilabel ? ', which may overlap' : ''}`;
  return { ...decision, labelling: { ...labelling, classes, multilabel }, told };
}

/** Masks of one class each, which may have any number for it. */
function valuesOfOneClass(
  files: readonly SurveyedMask[],
  ignore: GivenLabelling['ignore'],
): 'nonzero' | undefined {
  const two = files.every(({ survey }) => !survey.lossy && !holdsNumbers(survey, ignore));
  return two ? 'nonzero' : undefined;
}

function expectOneObject({ maskValues }: Pick<Labelling, 'maskValues'>, root: string): void {
  if (maskValues === 'light' || maskValues === 'nonzero') return;
  throw new UserError({
    what: `masks of ${root}`,
    got: `${maskValues} in folders that are of one class each`,
    expected: 'black and white',
    fix: 'say how they are read: --mask-values nonzero',
  });
}

/** What is in mask files; those that cannot be read are passed over, as whoever loads them will name them. */
async function surveyed(
  paths: readonly string[],
  onProgress: (done: number, total: number) => void,
): Promise<SurveyedMask[]> {
  let done = 0;
  const found = await eachOf(paths, AT_ONCE, async (path) => {
    const survey = await surveyedFile(path);
    onProgress(++done, paths.length);
    return survey;
  });
  return found.filter((each) => each !== undefined);
}

async function surveyedFile(path: string): Promise<SurveyedMask | undefined> {
  try {
    return { path, survey: surveyOf(await readRawMask(await contentOf(path), path)) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
