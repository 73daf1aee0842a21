import { useEffect } from 'preact/hooks';
import { ImagesView } from './images/images-view.tsx';
import { LabelView } from './label/label-view.tsx';
import { lazy } from './lazy.tsx';
import { LookView } from './look/look-view.tsx';
import { ProblemNote } from './problem-note.tsx';
import { dataset, labelled, place, problem, refresh } from './state.ts';
import { TrainView } from './train/train-view.tsx';

/** The whole page. */
export function Page() {
  useEffect(() => {
    refresh();
  }, []);
  const data = dataset.value;
  return (
    <>
      <header class="top">
        <a class="name" href="#/">
          fewmask
        </a>
        <span class="data">{data?.name}</span>
        <nav aria-label="Views">
          {VIEWS.map(({ href, title }) => (
            <a key={href} href={href} aria-current={isAt(href) ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <ProblemNote problem={problem} />
      <main>{data ? <View /> : problem.value === undefined && <p class="wait">Reading the folder …</p>}</main>
    </>
  );
}

const LabView = lazy(async () => (await import('./lab/lab-view.tsx')).LabView);

const VIEWS = [
  { href: '#/', title: 'Images' },
  { href: '#/train', title: 'Train', View: TrainView },
  { href: '#/look', title: 'Look', View: LookView },
  { href: '#/lab', title: 'Skips', View: LabView },
];

/** The view of a place; any other place is that of the images. */
const viewAt = (at: string) =>
  VIEWS.find(({ View, href }) => View && (at === href || at.startsWith(`${href}?`)));

function isAt(href: string): boolean {
  const view = viewAt(place.value);
  return view ? view.href === href : href === '#/' && labelled.value === undefined;
}

function View() {
  const { View: Own } = viewAt(place.value) ?? {};
  if (Own) return <Own />;
  const [stem, data] = [labelled.value, dataset.value];
  return stem === undefined || !data ? <ImagesView /> : <LabelView stem={stem} data={data} />;
}
