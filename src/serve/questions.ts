/** What can be asked about all images of the folder. The answers sort and mark the images. */
export const QUESTIONS = {
  check: {
    title: 'Problems',
    what: 'reads every file and says what is wrong',
    /** Whether it asks the newest network. */
    network: false,
  },
  next: {
    title: 'Label next',
    what: 'the images without mask that the newest network is least sure of, and that differ most from each other',
    network: true,
  },
  expected: {
    title: 'Expected Dice',
    what: 'how good its masks of the images without one are likely to be. The first time networks are trained for it that each hold out a fifth of the masks: up to five times as long as the training',
    network: true,
  },
  suspects: {
    title: 'Suspicious masks',
    what: 'masks that networks which have not seen them disagree with. The first time these are trained: up to five times as long as the training',
    network: true,
  },
} as const;

export type QuestionName = keyof typeof QUESTIONS;
export const QUESTION_NAMES = Object.keys(QUESTIONS) as [QuestionName, ...QuestionName[]];
