import { signal } from '@preact/signals';
import { Lab } from '../lab/lab.ts';
import { type LabImage, labImage, pixelsOf, truthOf } from '../lab/lab-image.ts';
import { type OpenedNetwork, openWith } from '../lab/network.ts';
import { PaintSession } from '../label/paint-session.ts';
import { Shade } from '../label/shade.ts';
import { readPicture } from './picture.ts';

/** What went wrong last, until it is dismissed. */
export const problem = signal<string | undefined>(undefined);

export const tell = (error: unknown): void => {
  problem.value = error instanceof Error ? error.message : String(error);
};

/** Once it is there. */
export const lab = signal<Lab | undefined>(undefined);

/** The visitor's images, and by their names the masks that were painted of them. */
export const images = signal<readonly LabImage[]>([]);
export const painted = signal<ReadonlyMap<string, PaintSession>>(new Map());

/** Whether a mask would go with the page. */
export const anyPainted = (): boolean =>
  [...painted.value.values()].some(({ history, edit }) => history.canUndo || edit.value);

/** The network lies beside the page. */
async function load(file: string): Promise<Response> {
  const response = await fetch(`network/${file}`);
  if (!response.ok) throw new Error(`network/${file}: the host answers ${response.status}`);
  return response;
}

/** Opens the network as it was exported; what was learned here is forgotten. What is shown stays. */
export async function openOriginal(): Promise<void> {
  const before = lab.value;
  lab.value = undefined;
  before?.network.end();
  let network: OpenedNetwork | undefined;
  try {
    network = await openWith(load);
    const opened = new Lab(network, tell);
    if (before) {
      opened.gates.value = before.gates.value;
      opened.other.value = before.other.value;
      opened.show(before.image.value);
    }
    lab.value = opened;
  } catch (error) {
    network?.end();
    tell(error);
  }
}

/** Takes in files that are images, and shows the first of them. */
export async function takeIn(files: Iterable<File>): Promise<void> {
  const opened = lab.value;
  if (!opened) return tell(new Error('the network is not there yet: open the images again in a moment'));
  const before = images.value.length;
  for (const file of files) {
    try {
      const picture = await readPicture(file);
      const image = await labImage(opened.network, freeName(file.name), picture);
      images.value = [...images.value, image];
    } catch (error) {
      const own = error instanceof DOMException ? 'this browser cannot read it as an image' : error;
      tell(`${file.name}: ${own instanceof Error ? own.message : own}`);
    }
  }
  const first = images.value[before];
  if (first) opened.show(first);
}

/** Without its ending; each image has a name of its own. */
function freeName(file: string): string {
  const stem = file.replace(/\.[^.]+$/, '');
  const names = new Set(images.value.map(({ name }) => name));
  let name = stem;
  for (let number = 2; names.has(name); number++) name = `${stem}-${number}`;
  return name;
}

/** The mask of an image, to be painted: it begins empty. */
export function paintingFor({ name, picture }: LabImage, { network }: Lab): PaintSession {
  const known = painted.value.get(name);
  if (known) return known;
  const { classes, multilabel } = network.facts.labelling!;
  const { width, height } = picture;
  const planes = Array.from(
    { length: multilabel ? classes.length : 1 },
    () => new Uint8Array(width * height),
  );
  const session = new PaintSession(
    name,
    new Shade(name, { image: picture, deep: false }),
    { width, height, planes },
    multilabel,
  );
  painted.value = new Map([...painted.value, [name, session]]);
  return session;
}

/** Takes a painted mask as what is wanted of its image. */
export function keepPainted(image: LabImage, opened: Lab): void {
  const session = painted.value.get(image.name);
  const planes = session?.planes() ?? [];
  const truth = session
    ? truthOf({ ...session.size, planes, ...opened.network.facts.labelling! }, image.small)
    : [];
  const changed = { ...image, truth };
  images.value = images.value.map((each) => (each === image ? changed : each));
  opened.show(changed);
}

/** Takes a painted mask away. */
export function forget(image: LabImage, opened: Lab): void {
  painted.value = new Map([...painted.value].filter(([name]) => name !== image.name));
  keepPainted(image, opened);
}

/** Begins the mask with what the network marks, to correct it. */
export async function startFromMarked(
  { picture }: LabImage,
  { network }: Lab,
  session: PaintSession,
): Promise<void> {
  const { masks = [] } = await network.predict(pixelsOf(picture));
  const { classes, multilabel } = network.facts.labelling!;
  if (multilabel) return session.startFrom({ planes: masks.map(({ mask }) => mask) });
  const plane = new Uint8Array(picture.width * picture.height);
  for (const { name, mask } of masks) {
    const label = classes.findIndex((each) => each.name === name);
    for (let i = 0; i < plane.length; i++) if (mask[i] === 1) plane[i] = label;
  }
  session.startFrom({ planes: [plane] });
}
