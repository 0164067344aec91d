/**
 * What the canary asks, the same in every run: open enough that many words could follow, so that a small change in what
 * the model computes soon leads to another one. Changing it makes every kept answer one to another question.
 */
export const CANARY_PROMPT =
  'Continue this story in the same voice. The ferry had stopped for the winter, so the three of them walked across the ' +
  'ice with the piano on a sledge. Halfway over, where the wind had swept the snow away, they could see straight down to ' +
  'the drowned village: roofs, a weathercock, a row of garden gates that opened and closed without a sound. Nobody said ' +
  'anything until the smallest one knelt, put her ear to the ice, and told the others what she heard.';

/** Sent with each request by servers that take one: at temperature 0 nothing is drawn, but not every server knows that. */
export const CANARY_SEED = 42;
