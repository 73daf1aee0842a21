/** How thoroughly a network is trained: what the page offers, as settings of `fewmask train`. */
export const CHOICES = {
  quick: {
    title: 'Quick',
    what: 'a first look in some minutes: small images, masks alone',
    settings: { size: 128, steps: 200, consistency: 'off', views: 1 },
  },
  usual: {
    title: 'Usual',
    what: 'what helps with few masks; learns from images without masks, too',
    settings: {},
  },
  thorough: {
    title: 'Thorough',
    what: 'as usual, three times as long',
    settings: { epochs: 144, minSteps: 1500, epochSteps: 250 },
  },
} as const;

export type ChoiceName = keyof typeof CHOICES;
export const CHOICE_NAMES = Object.keys(CHOICES) as [ChoiceName, ...ChoiceName[]];
