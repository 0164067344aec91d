import type { InferenceServer, ServerKind } from '../benchmark/inference-server.js';
import { exo } from './exo.js';
import { jan } from './jan.js';
import { koboldcpp } from './koboldcpp.js';
import { llamaCpp } from './llama-cpp.js';
import { llamafile } from './llamafile.js';
import { lmstudio } from './lmstudio.js';
import { localai } from './localai.js';
import { mlxLm } from './mlx-lm.js';
import { ollama } from './ollama.js';
import { openai } from './openai.js';
import { reference } from './reference.js';
import type { ServerFamily, ServerIdentity } from './server-family.js';
import { sglang } from './sglang.js';
import { skulk } from './skulk.js';
import { tabbyapi } from './tabbyapi.js';
import { textGenerationWebui } from './text-generation-webui.js';
import { vllm } from './vllm.js';

/**
 * In the order of identification: who names itself beyond doubt comes first, who is imitated by others comes after
 * them (llama.cpp's and Ollama's routes are), and `openai` takes what is left.
 */
export const serverFamilies = {
  reference,
  skulk,
  exo,
  tabbyapi,
  koboldcpp,
  localai,
  'text-generation-webui': textGenerationWebui,
  lmstudio,
  sglang,
  vllm,
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

/** The server of an identity, usable at once. Asks nothing of it. */
export function connectServer(identity: ServerIdentity): InferenceServer {
  return serverFamilies[identity.kind].connect(identity);
}
