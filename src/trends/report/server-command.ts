/** How a server of each kind is told its context length. */
import type { ServerKind } from '../../benchmark/inference-server.js';

interface Wish {
  /** The model's id, quoted for a POSIX shell. */
  readonly model: string;
  readonly ctxSize: number;
}

/** Kinds that take no such option on a command line are left out. */
const commands: Readonly<Partial<Record<ServerKind, (wish: Wish) => string>>> = {
  'llama.cpp': ({ model, ctxSize }) => `llama-server --model ${model} --ctx-size ${ctxSize} --n-gpu-layers 999`,
  llamafile: ({ model, ctxSize }) => `llamafile --server --model ${model} --ctx-size ${ctxSize} --n-gpu-layers 999`,
  ollama: ({ ctxSize }) => `OLLAMA_CONTEXT_LENGTH=${ctxSize} ollama serve`,
  lmstudio: ({ model, ctxSize }) => `lms load ${model} --context-length ${ctxSize}`,
  vllm: ({ model, ctxSize }) => `vllm serve ${model} --max-model-len ${ctxSize}`,
  sglang: ({ model, ctxSize }) => `python -m sglang.launch_server --model-path ${model} --context-length ${ctxSize}`,
  'text-generation-webui': ({ model, ctxSize }) => `python server.py --api --model ${model} --ctx-size ${ctxSize}`,
  tabbyapi: ({ model, ctxSize }) => `python main.py --model-name ${model} --max-seq-len ${ctxSize}`,
  koboldcpp: ({ model, ctxSize }) => `koboldcpp --model ${model} --contextsize ${ctxSize}`,
  localai: ({ model, ctxSize }) => `local-ai run ${model} --context-size ${ctxSize}`,
};

/** A command that starts such a server with that context; other options are the reader's to keep. */
export function serverCommand(kind: ServerKind, model: string, ctxSize: number): string | undefined {
  return commands[kind]?.({ model: quoted(model), ctxSize });
}

/** The id comes from a server: pasted into a shell it must be one word and nothing else. */
function quoted(word: string): string {
  const printable = word.replace(/\p{Cc}/gu, '');
  return /^[A-Za-z0-9_./:@+-]+$/.test(printable) && !printable.startsWith('-')
    ? printable
    : `'${printable.replaceAll("'", `'\\''`)}'`;
}
