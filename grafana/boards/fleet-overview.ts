/** How many of what need a look: the first row of the fleet. */
import type { BoardRow } from '../board.js';
import { neutral, noneIsGood } from '../look.js';
import { stat } from '../panels/stat.js';
import { zerosOf } from '../promql.js';
import { query } from '../query.js';
import { slower, success, targetUp, throttled, up } from './machine-state.js';

export const fleetOverview: BoardRow = {
  title: 'Overview',
  panels: [
    stat({
      id: 1,
      title: 'Agents up',
      description: 'Machines whose agent answered the last scrape.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(`sum(${up})`)],
      thresholds: neutral,
    }),
    stat({
      id: 2,
      title: 'Agents down',
      description: 'Machines whose agent did not answer the last scrape.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(zerosOf(up))],
      thresholds: noneIsGood,
    }),
    stat({
      id: 3,
      title: 'Targets down',
      description:
        'LLM servers that did not answer when their agent asked last, or have no model that can be measured.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(zerosOf(targetUp))],
      thresholds: noneIsGood,
    }),
    stat({
      id: 4,
      title: 'Tests failed',
      description: 'Tests whose last attempt had no request that succeeded; their figures are those of an earlier run.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(zerosOf(success))],
      thresholds: noneIsGood,
    }),
    stat({
      id: 5,
      title: 'Tests got worse',
      description:
        'Tests with a signal (speed, time to first token, energy, temperature) that is judged to have got worse for good.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(`sum(${slower})`)],
      thresholds: noneIsGood,
      noValue: 'learning',
    }),
    stat({
      id: 6,
      title: 'GPUs throttled',
      description: 'GPUs whose clocks are held down right now, by heat or power.',
      unit: 'short',
      width: 4,
      height: 4,
      queries: [query(`sum(${throttled})`)],
      thresholds: noneIsGood,
      noValue: 'no GPU',
    }),
  ],
};
