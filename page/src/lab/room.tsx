import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Labelling } from '../../../src/data/masks/labelling.ts';
import './lab.css';
import type { Lab, Made } from './lab.ts';
import type { LabImage } from './lab-image.ts';
import { maskPicture, Picture, pictureOf } from './picture.tsx';
import type { Score } from './score.ts';
import { Sliders } from './sliders.tsx';

/** The image, what the network makes of it, and the sliders of its paths. */
export function Room({ lab, children }: { readonly lab: Lab; readonly children?: ComponentChildren }) {
  const [image, other, made] = [lab.image.value, lab.other.value, lab.made.value];
  if (!image) return null;
  const { labelling } = lab.network.facts;
  return (
    <div class="lab">
      <figure>
        <Input image={image} labelling={labelling} />
        {other && (
          <div class="donor">
            <figcaption>
              {other.name} <small>gives the bottleneck</small>
            </figcaption>
            <Picture below={other.picture} size={other.picture} label={`the image ${other.name}`} />
          </div>
        )}
      </figure>
      <figure>
        <figcaption>{labelling ? 'What the network marks' : 'What the network paints'}</figcaption>
        {made ? <Output made={made} labelling={labelling} /> : <p class="wait">Computing …</p>}
      </figure>
      <section class="paths" aria-label="Paths of the network">
        <Scores scores={made?.scores ?? []} />
        <Sliders lab={lab} />
        {children}
      </section>
    </div>
  );
}

function Input({ image, labelling }: { readonly image: LabImage; readonly labelling?: Labelling }) {
  const { name, picture, small, truth } = image;
  const mask = useMemo(
    () => (labelling && truth.length > 0 ? maskPicture(small, truth, labelling) : undefined),
    [image, labelling],
  );
  return (
    <>
      <figcaption>
        {name} {mask && <small>and its mask</small>}
      </figcaption>
      <Picture below={picture} above={mask} size={picture} label={`the image ${name}`} />
    </>
  );
}

function Output({ made, labelling }: { readonly made: Made; readonly labelling?: Labelling }) {
  const { prediction, image } = made;
  const picture = useMemo(() => pictureOf(prediction, labelling), [prediction, labelling]);
  return (
    <Picture
      below={labelling && image.picture}
      above={picture}
      size={image.picture}
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
