/**
 * What exo and its descendant Skulk have in common: a catalogue of models, and the cluster's state.
 * Sources: exo-explore/exo src/exo/api/main.py, src/exo/shared/types (state, tasks, worker/instances, worker/runners).
 */
import * as z from 'zod';
import type { BusyState, InferenceServer, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { ServerIdentity } from '../server-family.js';
import { busyByCount, knownLength, openAiServer } from './openai-compatible.js';

const nodeIdSchema = z.string().min(1);

const catalogueSchema = z.object({
  data: z.array(z.object({ id: z.string(), context_length: z.number().optional() })),
});

const placementSchema = z.object({
  shardAssignments: z.object({ modelId: z.string(), runnerToShard: z.record(z.string(), z.unknown()).optional() }),
});

/** Each instance, runner and task is an object under the name of its type: `{"RunnerReady": {…}}`. */
function tagged<T extends z.ZodType>(shape: T) {
  return z.record(z.string(), z.record(z.string(), shape));
}

const stateSchema = z.object({
  instances: tagged(placementSchema),
  runners: tagged(z.unknown()).optional(),
  tasks: tagged(z.object({ taskStatus: z.string() })).optional(),
});
type ClusterState = z.infer<typeof stateSchema>;

const READY_RUNNERS = new Set(['RunnerReady', 'RunnerRunning']);
const OPEN_TASKS = new Set(['Pending', 'Running']);

/** The node's id, which also tells whether two addresses lead to the same node. */
export async function nodeId(probe: Probe): Promise<string | undefined> {
  return nodeIdSchema.safeParse((await probe.get('/node_id'))?.json).data;
}

/** Ready where all runners of an instance are; `undefined` where nothing is said of them. */
function readiness(state: ClusterState): Map<string, boolean | undefined> {
  const loaded = new Map<string, boolean | undefined>();
  for (const instance of Object.values(state.instances).flatMap((tags) => Object.values(tags))) {
    const { modelId, runnerToShard = {} } = instance.shardAssignments;
    const statuses = Object.keys(runnerToShard).flatMap((runner) => Object.keys(state.runners?.[runner] ?? {}));
    const ready = statuses.length === 0 ? undefined : statuses.every((status) => READY_RUNNERS.has(status));
    loaded.set(modelId, loaded.get(modelId) || ready);
  }
  return loaded;
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [catalogue, state] = await Promise.all([
    client.get('/v1/models', catalogueSchema, signal),
    client.get('/state', stateSchema, signal),
  ]);
  const ready = readiness(state);
  return catalogue.data.map(({ id }) => ({ id, loaded: ready.has(id) ? ready.get(id) : false }));
}

async function busy(client: ServerClient, signal: AbortSignal): Promise<BusyState> {
  const state = await client.find('/state', stateSchema, signal);
  const tasks = state?.tasks && Object.values(state.tasks).flatMap((tags) => Object.values(tags));
  return busyByCount(tasks?.filter((task) => OPEN_TASKS.has(task.taskStatus)).length);
}

/** The bench route, which turns caches off, does not stream: what is measured is the OpenAI route. */
export function connectCluster(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    contextLength: async (model, signal) => {
      const catalogue = await client.find('/v1/models', catalogueSchema, signal);
      return knownLength(catalogue?.data.find(({ id }) => id === model)?.context_length);
    },
    busy: (signal) => busy(client, signal),
  });
}
