/** One tool: what it takes, what it answers and what it does. The schemas are those of the API. */
import type * as z from 'zod';
import type { McpServices } from './mcp-services.js';

/** What a call has beside its arguments. */
export interface ToolCall {
  readonly services: McpServices;
  /** Aborts when the client takes its request back, or is gone. */
  readonly signal: AbortSignal;
  /** Whether the client follows progress, and so waits longer than for an answer alone. */
  readonly isFollowed: boolean;
  /** `done` of `total`, in words as well; each has to be more than the one before. */
  readonly progress: (progress: ToolProgress) => void;
}

export interface ToolProgress {
  readonly done: number;
  readonly total: number | undefined;
  readonly message: string;
}

export interface ToolAnswer {
  /** For a person to read, and for a model. */
  readonly text: string;
  readonly content: object;
}

export interface ToolDefinition<Input extends z.ZodType> {
  readonly name: string;
  readonly title: string;
  /** Says to a model when to use it. */
  readonly description: string;
  /** Whether it starts or stops something: then it is guarded as the API's own requests that do. */
  readonly changes: boolean;
  readonly input: Input;
  /** Of {@link ToolAnswer.content}. */
  readonly output: z.ZodType;
  readonly handle: (input: z.infer<Input>, call: ToolCall) => Promise<ToolAnswer>;
}

/** A tool whose parameter type is forgotten. `handle` rejects with a `ZodError` for arguments that are none. */
export interface Tool extends Omit<ToolDefinition<z.ZodType>, 'handle'> {
  readonly handle: (input: unknown, call: ToolCall) => Promise<ToolAnswer>;
}

export function tool<Input extends z.ZodType>(definition: ToolDefinition<Input>): Tool {
  return { ...definition, handle: async (input, call) => definition.handle(definition.input.parse(input), call) };
}
