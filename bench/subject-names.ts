/** In the order in which they are measured; those that only compute come last. */
export const subjectNames = [
  'accuracy',
  'client',
  'start',
  'overhead',
  'agent',
  'page',
  'open-page',
  'sampler',
  'report',
  'scrape',
  'history',
  'peers',
  'trends',
  'losses',
] as const;

export type SubjectName = (typeof subjectNames)[number];
