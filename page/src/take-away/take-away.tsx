import { useEffect, useState } from 'preact/hooks';
import { Choice } from '../lab/choice.tsx';
import type { Lab } from '../lab/lab.ts';
import type { LabImage } from '../lab/lab-image.ts';
import { Room } from '../lab/room.tsx';
import { ProblemNote } from '../problem-note.tsx';
import { saveOutput } from './files.ts';
import { PaintDesk } from './paint-desk.tsx';
import { TeachPanel } from './teach-panel.tsx';
import { learned, progress } from './teaching.ts';
import {
  anyPainted,
  forget,
  images,
  keepPainted,
  lab,
  openOriginal,
  painted,
  paintingFor,
  problem,
  startFromMarked,
  takeIn,
  tell,
} from './visitor.ts';

/** A network that was taken away: a visitor's own images, in the visitor's browser. */
export function TakeAway() {
  useEffect(() => {
    openOriginal();
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      takeIn(event.dataTransfer?.files ?? []);
    };
    const leave = (event: BeforeUnloadEvent) => {
      if (anyPainted() || learned.value > 0) event.preventDefault();
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    addEventListener('beforeunload', leave);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
      removeEventListener('beforeunload', leave);
    };
  }, []);
  const opened = lab.value;
  return (
    <>
      <header class="top">
        <span class="name">fewmask</span>
        <span class="data">{opened?.network.about.name}</span>
      </header>
      <ProblemNote problem={problem} />
      <main>{opened ? <Visit lab={opened} /> : <p class="wait">Reading the network …</p>}</main>
    </>
  );
}

function Visit({ lab: opened }: { readonly lab: Lab }) {
  const [painting, paint] = useState(false);
  const { facts } = opened.network;
  const shown = opened.image.value;
  if (painting && shown && facts.labelling) {
    const session = paintingFor(shown, opened);
    return (
      <PaintDesk
        session={session}
        classes={{ ...facts.labelling, classes: [...facts.labelling.classes] }}
        onStart={() => startFromMarked(shown, opened, session).catch(tell)}
        onClose={() => {
          session.end();
          // What was looked at alone says nothing.
          if (session.history.canUndo) keepPainted(shown, opened);
          else forget(shown, opened);
          paint(false);
        }}
        onForget={() => {
          forget(shown, opened);
          paint(false);
        }}
      />
    );
  }
  return (
    <>
      <FileChoice />
      {shown && <Chosen lab={opened} shown={shown} />}
      <Room lab={opened}>
        <p class="buttons">
          <button type="button" onClick={() => saveOutput(opened).catch(tell)}>
            {facts.labelling ? 'Save the mask' : 'Save what it paints'} (PNG)
          </button>
          {facts.labelling && (
            <button type="button" disabled={progress.value !== undefined} onClick={() => paint(true)}>
              {shown && painted.value.has(shown.name) ? 'Paint on' : 'Paint a mask'}
            </button>
          )}
        </p>
        {facts.kind === 'train' && <TeachPanel lab={opened} />}
        <p class="wait">
          {facts.threads === 1
            ? 'Computed in one thread: more there are where the host sends COOP and COEP.'
            : `Computed in ${facts.threads} threads.`}
        </p>
      </Room>
    </>
  );
}

function FileChoice() {
  return (
    <p class="drop">
      <label>
        Open images{' '}
        <input
          type="file"
          accept="image/*"
          multiple
          onChange={({ currentTarget }) => takeIn(currentTarget.files ?? [])}
        />
      </label>{' '}
      <small>or drop them here. They stay in this browser: nothing is sent anywhere.</small>
    </p>
  );
}

function Chosen({ lab: opened, shown }: { readonly lab: Lab; readonly shown: LabImage }) {
  const options = images.value.map((image) => ({
    value: image.name,
    title: painted.value.has(image.name) ? `${image.name} (painted)` : image.name,
  }));
  const named = (name: string) => images.value.find((image) => image.name === name);
  return (
    <div class="tools">
      <Choice
        title="Image"
        options={options}
        value={shown.name}
        onChoose={(name) => opened.show(named(name))}
      />
      <Choice
        title="Bottleneck of"
        options={[{ value: '', title: 'the image itself' }, ...options]}
        value={opened.other.value?.name ?? ''}
        onChoose={(name) => opened.putIn(named(name))}
      />
    </div>
  );
}
