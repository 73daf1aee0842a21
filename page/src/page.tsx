import { useEffect } from 'preact/hooks';
import { ImagesView } from './images/images-view.tsx';
import { LabelView } from './label/label-view.tsx';
import { LookView } from './look/look-view.tsx';
import { isLook } from './look/place.ts';
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
      {problem.value !== undefined && (
        <div class="problem" role="alert">
          <p>{problem.value}</p>
          <button
            type="button"
            onClick={() => {
              problem.value = undefined;
            }}
          >
            Close
          </button>
        </div>
      )}
      <main>{data ? <View /> : problem.value === undefined && <p class="wait">Reading the folder …</p>}</main>
    </>
  );
}

const VIEWS = [
  { href: '#/', title: 'Images' },
  { href: '#/train', title: 'Train' },
  { href: '#/look', title: 'Look' },
];

const isAt = (href: string): boolean => {
  if (isLook(place.value)) return isLook(href);
  return href === '#/train'
    ? place.value === href
    : place.value !== '#/train' && labelled.value === undefined;
};

function View() {
  if (place.value === '#/train') return <TrainView />;
  if (isLook(place.value)) return <LookView />;
  const [stem, data] = [labelled.value, dataset.value];
  return stem === undefined || !data ? <ImagesView /> : <LabelView stem={stem} data={data} />;
}
