import { agent } from './agent.js';
import { ask } from './ask.js';
import { chronicle } from './chronicle.js';
import type { CommandDefinition } from './command.js';
import { compare } from './compare.js';
import { configCheck } from './config-check.js';
import { demo } from './demo/demo.js';
import { exportRows } from './export.js';
import { jobs } from './jobs/jobs.js';
import { mcp } from './mcp/mcp.js';
import { models } from './models.js';
import { notify } from './notify.js';
import { reference } from './reference/reference.js';
import { report } from './report.js';
import { run } from './run/run.js';
import { runs } from './runs.js';
import { scan } from './scan.js';

/** Every command, in the order of the help. */
export const commands = [
  agent,
  run,
  scan,
  demo,
  reference,
  report,
  models,
  runs,
  jobs,
  compare,
  ask,
  exportRows,
  chronicle,
  mcp,
  notify,
  configCheck,
] as const satisfies readonly CommandDefinition[];
