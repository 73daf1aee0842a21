import { useEffect } from 'preact/hooks';
import { ImagesView } from './images/images-view.tsx';
import { dataset, labelled, problem, refresh } from './state.ts';

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

function View() {
  return labelled.value === undefined ? <ImagesView /> : <p>{labelled.value}</p>;
}
