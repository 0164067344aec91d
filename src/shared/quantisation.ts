/** How a model's weights are stored, where the server does not tell: as the names of models and files have it. */

// Names of llama.cpp's types, of weights' precisions and of the common formats, as they stand in model ids.
const quantisationPattern =
  /(?:^|[-_.:/])((?:iq|tq|q)[1-8](?:_[0-9a-z]+)*|[bf]f?(?:16|32)|fp(?:4|8|16)|mxfp4|int[48]|w[48]a(?:4|8|16)|awq|gptq|exl[23]|[2-8](?:\.\d+)?-?(?:bit|bpw))(?=$|[-_.:/])/i;

export interface StoredModel {
  readonly model: string;
  /** What the server tells of the file behind it, and how its weights are stored. */
  readonly model_file: string | null;
  readonly quantisation: string | null;
}

/** In the server's words, else as the file's or the model's name has it; `undefined` where none of them tells. */
export function quantisationOf({ model, model_file, quantisation }: StoredModel): string | undefined {
  return quantisation ?? quantisationInName(model_file ?? '') ?? quantisationInName(model);
}

/** `undefined` where the name does not tell. */
export function quantisationInName(name: string): string | undefined {
  return quantisationPattern.exec(name)?.[1];
}
