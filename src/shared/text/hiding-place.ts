/** What keeps a loss from being seen in the last runs at once. */
export const hidingPlaces = ['slope', 'weekly_swing', 'noise'] as const;
export type HidingPlace = (typeof hidingPlaces)[number];

/** After "it came". */
export const behindWords: Readonly<Record<HidingPlace, string>> = {
  slope: 'slowly, over days',
  weekly_swing: 'behind a weekly swing',
  noise: 'behind runs that differ much',
};
