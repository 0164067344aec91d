/** Every dashboard. */

import type { Board } from './board.js';
import { agent } from './boards/agent.js';
import { benchmarks } from './boards/benchmarks.js';
import { degradation } from './boards/degradation.js';
import { fleet } from './boards/fleet.js';

export const boards: readonly Board[] = [fleet, benchmarks, degradation, agent];
