import { signal } from '@preact/signals';
import { Lab } from '../lab/lab.ts';
import { type LabImage, labImage } from '../lab/lab-image.ts';
import { type OpenedNetwork, openWith } from '../lab/network.ts';
import { PaintSession } from '../label/paint-session.ts';

/** What went wrong last, until it is dismissed. */
export const problem = signal<string | undefined>(undefined);

export const tell = (error: unknown): void => {
  problem.value = error instanceof Error ? error.message : String(error);
};

/** Once it is there. */
export const lab = signal<Lab | undefined>(undefined);

/** The visitor's images, and the masks that were painted of them. */
export const images = signal<readonly LabImage[]>([]);
export const painted = signal<ReadonlyMap<LabImage, PaintSession>>(new Map());

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
  if (!opened) return;
  const before = images.value.length;
  for (const file of files) {
    try {
      images.value = [...images.value, await labImage(opened.network, freeName(file.name), file)];
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
export function paintingFor(image: LabImage, { network }: Lab): PaintSession {
  const known = painted.value.get(image);
  if (known) return known;
  const { classes, multilabel } = network.facts.labelling!;
  const { width, height } = image.picture;
  const planes = Array.from(
    { length: multilabel ? classes.length : 1 },
    () => new Uint8Array(width * height),
  );
  const session = new PaintSession(image.name, image.picture, { width, height, planes }, multilabel);
  painted.value = new Map([...painted.value, [image, session]]);
  return session;
}

/** Takes a painted mask away. */
export function forget(image: LabImage): void {
  painted.value = new Map([...painted.value].filter(([each]) => each !== image));
}
