import './look.css';
import { reportOf } from '../server.ts';
import { dataset } from '../state.ts';
import { ImageView } from './image-view.tsx';
import { ImagesTable } from './images-table.tsx';
import { looked, lookLink } from './place.ts';
import { ResultsTable } from './results-table.tsx';

/** Finished networks: the table of them, the images of one, or one image; and reports. */
export function LookView() {
  const { run, other, stem, report } = looked.value;
  const data = dataset.value!;
  if (report !== undefined) return <Report name={report} />;
  if (run === undefined) return <ResultsTable />;
  if (stem === undefined) return <ImagesTable key={`${run} ${other}`} name={run} other={other} />;
  return <ImageView key={`${run} ${other}`} name={run} other={other} stem={stem} data={data} />;
}

/** A report is a page of its own, which can do nothing. */
function Report({ name }: { readonly name: string }) {
  return (
    <section class="report-place" aria-labelledby="report-name">
      <p class="buttons">
        <a href={lookLink({})}>All runs</a>
        <strong id="report-name">Report of {name}</strong>
        <a href={reportOf(name)} target="_blank" rel="noreferrer">
          In a window of its own
        </a>
      </p>
      <iframe sandbox="" src={reportOf(name)} title={`Report of ${name}`} />
    </section>
  );
}
