/** Names of models as people read them. */

const fileEnding = /\.(?:gguf|ggml|bin|safetensors|llamafile)$/i;
// Rooted, with a drive, of a network share, or beginning with a dot or a tilde: none of it begins a repository's name.
const pathStart = /^(?:[/\\]|[a-z]:[\\/]|~[\\/]|\.{1,2}[\\/])/i;

/**
 * A path as the name of its file or, of a model that is a folder, of that; any other name as it is: `org/model` names a
 * repository, and is no path.
 */
export function shortModelName(model: string): string {
  const isPath = pathStart.test(model) || fileEnding.test(model);
  if (!isPath) return model;
  return model.split(/[\\/]/).findLast((part) => part !== '') ?? model;
}
