/** Where studies are kept in the repository, a folder each. */
export const HOME = 'docs/studies';
