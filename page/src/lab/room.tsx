import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import './lab.css';
import type { Lab, Made } from './lab.ts';
import { maskPicture, Picture, pictureOf } from './picture.tsx';
import type { Score } from './score.ts';
import { Sliders } from './sliders.tsx';

/** The image, what the network makes of it, and the sliders of its paths. */
export function Room({ lab, children }: { readonly lab: Lab; readonly children?: ComponentChildren }) {
  const [image, other, made] = [lab.image.value, lab.other.value, lab.made.value];
  if (!image) return null;
  const { labelling } = lab.network.facts;
  const { width, height } = image.picture;
  const truth = useMemo(
    () =>
      labelling && image.truth.length > 0 ? maskPicture(image.small, image.truth, labelling) : undefined,
    [image, labelling],
  );
  return (
    <div class="lab">
      <figure>
        <figcaption>
          {image.name} {truth && <small>and its mask</small>}
        </figcaption>
        <Picture
          below={image.picture}
          above={truth}
          size={{ width, height }}
          label={`the image ${image.name}`}
        />
        {other && (
          <>
            <figcaption>
              {other.name} <small>gives the bottleneck</small>
            </figcaption>
            <Picture below={other.picture} size={other.picture} label={`the image ${other.name}`} />
          </>
        )}
      </figure>
      <figure>
        <figcaption>{labelling ? 'What the network marks' : 'What the network paints'}</figcaption>
        {made ? <Output made={made} lab={lab} /> : <p class="wait">Computing …</p>}
      </figure>
      <section class="paths" aria-label="Paths of the network">
        <Scores scores={made?.scores ?? []} />
        <Sliders lab={lab} />
        {children}
      </section>
    </div>
  );
}

function Output({ made, lab }: { readonly made: Made; readonly lab: Lab }) {
  const { labelling } = lab.network.facts;
  const { prediction, image } = made;
  const picture = useMemo(() => pictureOf(prediction, labelling), [prediction, labelling]);
  const { width, height } = image.picture;
  return (
    <Picture
      below={labelling && image.picture}
      above={picture}
      size={{ width, height }}
      label={labelling ? `what the network marks in ${image.name}` : `${image.name} as the network paints it`}
    />
  );
}

function Scores({ scores }: { readonly scores: readonly Score[] }) {
  if (scores.length === 0) return null;
  const several = scores.length > 1;
  return (
    <p class="scores" role="status">
      {scores.map(({ measure, value, to }) => (
        <span key={to}>
          {measure} <strong>{measure === 'Dice' ? value.toFixed(3) : `${value.toFixed(1)} dB`}</strong>{' '}
          {several && <small>{measure === 'Dice' ? `of ${to}` : `to ${to}`}</small>}
        </span>
      ))}
    </p>
  );
}
