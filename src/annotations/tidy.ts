import { type AnnotatedImage, type AnnotatedSet, type SetClass, UNKNOWN_LABEL } from './annotated-set.ts';
import { damaged } from './reading.ts';
import { plural, some } from './words.ts';

/**
 * A set whose classes have names without spaces around them; names that are alike then are one class. Names that differ in capitals only
 * are told.
 *
 * @param place for messages
 * @throws UserError for a class without a name
 */
export function tidied(set: AnnotatedSet, place: string): AnnotatedSet {
  const names = new Set(set.classes.map(({ name }) => name));
  for (const { objects = [] } of set.images) for (const { label } of objects) names.add(label);
  const nameless = [...names].some((name) => name.trim() === '');
  if (nameless)
    throw damaged(
      place,
      'a class without a name',
      'a name for each class',
      'name it, or take its objects away',
    );
  const spaced = [...names].filter((name) => name !== name.trim());
  const known = new Map<string, SetClass>();
  for (const each of set.classes) {
    const name = each.name.trim();
    if (name !== UNKNOWN_LABEL && !known.has(name)) known.set(name, { ...each, name });
  }
  const alike = pairsInCapitals([...known.keys()]);
  return {
    classes: [...known.values()],
    images: spaced.length > 0 ? set.images.map(trimmed) : set.images,
    notes: [
      ...set.notes,
      ...(spaced.length > 0
        ? [
            `${plural(spaced.length, '{class has|classes have}')} spaces around the name: ${some(spaced.map((name) => JSON.stringify(name)))}; taken without`,
          ]
        : []),
      ...(alike.length > 0
        ? [`classes whose names differ in capitals only are several: ${some(alike)}`]
        : []),
    ],
  };
}

function trimmed(image: AnnotatedImage): AnnotatedImage {
  if (!image.objects) return image;
  return { ...image, objects: image.objects.map((object) => ({ ...object, label: object.label.trim() })) };
}

function pairsInCapitals(names: readonly string[]): string[] {
  const before = new Map<string, string>();
  return names.flatMap((name) => {
    const other = before.get(name.toLowerCase());
    before.set(name.toLowerCase(), name);
    return other === undefined ? [] : [`${other} and ${name}`];
  });
}
