/** What the tools ask of typhon: of the agent that serves them, or of a `typhon mcp` that works on the storage itself. */
import type { ApiServices } from '../api/api-services.js';
import type { TargetBody } from '../api/routes/status.js';

export interface McpServices
  extends Pick<
    ApiServices,
    | 'version'
    | 'now'
    | 'logger'
    | 'config'
    | 'store'
    | 'queue'
    | 'findModels'
    | 'readResult'
    | 'report'
    | 'verdict'
    | 'models'
    | 'trends'
    | 'compareNamed'
    | 'changesSince'
  > {
  /** What a job that a tool starts says of where it came from. */
  readonly trigger: 'api' | 'cli';
  readonly targets: () => Promise<readonly TargetBody[]>;
}
