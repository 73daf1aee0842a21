// Trains a network on a data folder, prints its progress, and stops when you press Ctrl-C.
//
//   node examples/train.mjs '{"data": "DATA", "labels": 88, "epochs": 40}' runs/example
//
// The first argument holds the settings. docs/api.md lists them all, under TrainOptions.
import { train, UserError } from 'fewmask';

const settings = JSON.parse(process.argv[2]);
const out = process.argv[3];

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

function onEvent(event) {
  if (event.type === 'notice') console.log(event.text);
  if (event.type === 'step')
    console.log(`step ${event.step} of ${event.steps}: loss ${event.loss.toFixed(3)}`);
  if (event.type === 'epoch') {
    // With few masks all of them train, and none validates.
    const { train_loss, val_dice } = event.row;
    const validated = val_dice === undefined ? '' : `, validation Dice ${val_dice.toFixed(3)}`;
    console.log(`epoch ${event.epoch} of ${event.epochs}: loss ${train_loss.toFixed(3)}${validated}`);
  }
}

try {
  // With `resume`, the same command continues a run that was stopped.
  const summary = await train(settings, { out, resume: true, signal: controller.signal, onEvent });
  if (summary.interrupted) console.log(`stopped after ${summary.steps} steps; the same command continues`);
  else console.log(`test Dice ${summary.test?.native.dice.mean?.toFixed(3)}; see ${out}/report.html`);
} catch (error) {
  // A UserError says what was given, what was expected, and what to do. Everything else is a bug.
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
