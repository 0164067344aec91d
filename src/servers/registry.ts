import type { InferenceServer, ServerKind } from '../benchmark/inference-server.js';
import { exo } from './kinds/exo.js';
import { dockerModelRunner } from './kinds/gateways/docker-model-runner.js';
import { lemonade } from './kinds/gateways/lemonade.js';
import { litellm } from './kinds/gateways/litellm.js';
import { llamaSwap } from './kinds/gateways/llama-swap.js';
import { jan } from './kinds/jan.js';
import { koboldcpp } from './kinds/koboldcpp.js';
import { llamaCpp } from './kinds/llama-cpp.js';
import { llamafile } from './kinds/llamafile.js';
import { lmstudio } from './kinds/lmstudio.js';
import { localai } from './kinds/localai.js';
import { mlxLm } from './kinds/mlx-lm.js';
import { ollama } from './kinds/ollama/ollama.js';
import { openai } from './kinds/openai.js';
import { reference } from './kinds/reference.js';
import { sglang } from './kinds/sglang.js';
import { skulk } from './kinds/skulk.js';
import { tabbyapi } from './kinds/tabbyapi.js';
import { tensorrtLlm } from './kinds/tensorrt-llm.js';
import { textGenerationWebui } from './kinds/text-generation-webui.js';
import { tgi } from './kinds/tgi.js';
import { vllm } from './kinds/vllm.js';
import type { LoaderMeans, ModelLoader } from './model-loader.js';
import type { ServerFamily, ServerIdentity } from './server-family.js';

/**
 * In the order of identification: who names itself beyond doubt comes first, who is imitated by others comes after
 * them (llama.cpp's and Ollama's routes are), and `openai` takes what is left.
 */
export const serverFamilies = {
  reference,
  skulk,
  exo,
  litellm,
  'docker-model-runner': dockerModelRunner,
  lemonade,
  tabbyapi,
  koboldcpp,
  localai,
  'llama-swap': llamaSwap,
  'text-generation-webui': textGenerationWebui,
  lmstudio,
  sglang,
  vllm,
  tgi,
  'tensorrt-llm': tensorrtLlm,
  llamafile,
  'llama.cpp': llamaCpp,
  ollama,
  jan,
  'mlx-lm': mlxLm,
  openai,
} satisfies Record<ServerKind, ServerFamily>;

/** Every port on which some kind listens by default, ascending. */
export const defaultPorts: readonly number[] = [
  ...new Set(Object.values(serverFamilies).flatMap((family) => family.ports)),
].sort((a, b) => a - b);

/** Where the variables of an environment say that servers listen. */
export function basesIn(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const families: readonly ServerFamily[] = Object.values(serverFamilies);
  return families.flatMap(({ baseIn }) => baseIn?.(environment) ?? []);
}

/** Whether another machine than the one where a server of the kind runs may do the work. */
export function worksElsewhere(kind: ServerKind): boolean {
  const family: ServerFamily = serverFamilies[kind];
  return family.isElsewhere === true;
}

/** How its models are loaded and unloaded; `undefined` where it cannot be told to. Rejects as a `ServerFamily` does. */
export async function openModelLoader(identity: ServerIdentity, means: LoaderMeans): Promise<ModelLoader | undefined> {
  const family: ServerFamily = serverFamilies[identity.kind];
  return family.loader?.(identity, means);
}

/** The server of an identity, usable at once. Asks nothing of it. */
export function connectServer(identity: ServerIdentity): InferenceServer {
  return serverFamilies[identity.kind].connect(identity);
}
