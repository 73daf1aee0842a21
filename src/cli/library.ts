/** The library, loaded when a command needs it: half of a command's start, which help and mistakes do without. */
export const library = () => import('../index.ts');
