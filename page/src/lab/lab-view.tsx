import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { DatasetView } from '../../../src/serve/api.ts';
import type { NetworkView } from '../../../src/serve/lab-api.ts';
import { loadImage, loadMask } from '../server.ts';
import { dataset, place, problem, telling, textOf } from '../state.ts';
import { Choice } from './choice.tsx';
import { Lab } from './lab.ts';
import { type LabImage, labImage } from './lab-image.ts';
import { type OpenedNetwork, openWith } from './network.ts';
import { Room } from './room.tsx';
import { loadNetworks, networkFile } from './server.ts';

/** What was chosen stays so when the room is left. */
const chosen = signal<string | undefined>(undefined);
const image = signal<string | undefined>(undefined);
const other = signal<string | undefined>(undefined);

const told = (error: unknown) => {
  problem.value = textOf(error);
};

/** An address may say what is chosen: `#/lab?run=NAME&stem=STEM`. */
function takeAddress(): void {
  const said = new URLSearchParams(place.value.split('?')[1]);
  chosen.value = said.get('run') ?? chosen.value;
  image.value = said.get('stem') ?? image.value;
}

/** The networks of the runs, their paths turned by hand. */
export function LabView() {
  const [networks, list] = useState<readonly NetworkView[]>();
  useEffect(() => {
    takeAddress();
    telling(loadNetworks).then((found) => list(found ?? []));
  }, []);
  const data = dataset.value;
  if (!networks || !data) return <p class="wait">Reading the runs …</p>;
  const name = networks.find((each) => each.name === chosen.value)?.name ?? networks[0]?.name;
  if (name === undefined)
    return (
      <p class="wait">
        There is no network yet: train one, or pretrain an autoencoder into the folder of runs.
      </p>
    );
  const stems = data.images.map(({ stem }) => ({ value: stem, title: stem }));
  const first = data.images.find(({ masked }) => masked) ?? data.images[0];
  return (
    <>
      <div class="tools">
        <Choice
          title="Network"
          options={networks.map((each) => ({
            value: each.name,
            title: `${each.name} (${KINDS[each.kind]})`,
          }))}
          value={name}
          onChoose={(value) => {
            chosen.value = value;
          }}
        />
        <Choice
          title="Image"
          options={stems}
          value={image.value ?? first?.stem}
          onChoose={(value) => {
            image.value = value;
          }}
        />
        <Choice
          title="Bottleneck of"
          options={[{ value: '', title: 'the image itself' }, ...stems]}
          value={other.value ?? ''}
          onChoose={(value) => {
            other.value = value || undefined;
          }}
        />
      </div>
      <Opened key={name} name={name} data={data} stem={image.value ?? first?.stem} deep={other.value} />
    </>
  );
}

const KINDS: Readonly<Record<NetworkView['kind'], string>> = {
  train: 'marks masks',
  pretrain: 'paints images',
};

function Opened({
  name,
  data,
  stem,
  deep,
}: {
  readonly name: string;
  readonly data: DatasetView;
  readonly stem?: string;
  readonly deep?: string;
}) {
  const [lab, open] = useState<Lab>();
  const [failed, fail] = useState(false);
  useEffect(() => {
    let left = false;
    let network: OpenedNetwork | undefined;
    telling(() => openWith((file) => networkFile(name, file))).then((found) => {
      network = found;
      if (left) found?.end();
      else if (found) open(new Lab(found, told));
      else fail(true);
    });
    return () => {
      left = true;
      network?.end();
    };
  }, [name]);
  useShown(lab, stem, data, (found) => lab?.show(found));
  useShown(lab, deep, data, (found) => lab?.putIn(found));
  if (failed) return <p class="wait">{name} cannot be opened here.</p>;
  if (stem === undefined) return <p class="wait">The folder has no image.</p>;
  return lab?.image.value ? <Room lab={lab} /> : <p class="wait">Opening {name} …</p>;
}

/** Loads an image whenever another is chosen. */
function useShown(
  lab: Lab | undefined,
  stem: string | undefined,
  data: DatasetView,
  show: (image: LabImage | undefined) => void,
): void {
  useEffect(() => {
    if (!lab) return;
    let left = false;
    const load = stem === undefined ? Promise.resolve(undefined) : telling(() => imageFor(lab, stem, data));
    load.then((found) => {
      if (!left) show(found);
    });
    return () => {
      left = true;
    };
  }, [lab, stem]);
}

async function imageFor({ network }: Lab, stem: string, data: DatasetView): Promise<LabImage> {
  const masked = data.images.some((each) => each.stem === stem && each.masked);
  const [{ image: picture }, mask] = await Promise.all([
    loadImage(stem),
    masked && network.facts.labelling ? loadMask(stem) : undefined,
  ]);
  return labImage(network, stem, picture, mask && { ...mask, ...data });
}
