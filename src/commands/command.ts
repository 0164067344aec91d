import type { Command } from 'commander';
import { ExpectedError } from '../shared/expected-error.js';
import type { Installation } from './installation.js';

/** What a command writes to: a stream, and whether a person sits behind it. */
export interface Output {
  /** Control characters, which can only come from elsewhere, are shown and not obeyed. */
  write(text: string): unknown;
  /** For what steers the terminal itself; whatever comes from elsewhere is made visible before. Default `write`. */
  readonly steer?: ((text: string) => unknown) | undefined;
  /** Resolves when there is room again, after a `write` that answered false. */
  readonly drained?: (() => Promise<unknown>) | undefined;
  readonly isTTY?: boolean | undefined;
  /** Width in characters, on a terminal. */
  readonly columns?: number | undefined;
}

/** The process as a command sees it. Nothing below a command reads the environment, the clock or the signals itself. */
export interface CommandContext {
  /** typhon's own version, without a leading v. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly installation: Installation;
  /** The working directory: relative paths begin here. */
  readonly directory: string;
  readonly platform: NodeJS.Platform;
  /** Directory below which `sys`, `proc` and `dev` lie: `/` outside of tests. */
  readonly root: string;
  /** Results alone. */
  readonly stdout: Output;
  /** Logs, progress, problems. */
  readonly stderr: Output;
  readonly now: () => Date;
  /** Names of this host and of the user, as the system tells them: for what must not stand in anything given away. */
  readonly owner: () => readonly string[];
  /**
   * Aborts at the first SIGINT or SIGTERM, and from then on the command has to end by itself; a second one ends
   * the process. Until it is called for the first time the signals end the process at once.
   */
  readonly interruptSignal: () => AbortSignal;
  /** For a command that goes on: called once all that it takes has been loaded. */
  readonly loaded?: (() => void) | undefined;
}

/** A command: one file, one line in the registry. */
export interface CommandDefinition {
  readonly name: string;
  /**
   * Adds the command to the program. Whatever is heavy is imported inside the action, so that `--help` stays quick.
   * The action resolves for exit code 0 and throws an `ExpectedError` for any other.
   */
  readonly register: (program: Command, context: CommandContext) => void;
}

/** 1: it went wrong; 2: it was called or configured wrongly; 3: the machine became worse; 130: interrupted. */
export type FailureExitCode = 1 | 2 | 3 | 130;

/** Ends a command with an exit code; the message, where there is one, goes to stderr as one line. */
export class CommandFailure extends ExpectedError {
  override readonly name = 'CommandFailure';
  readonly code = 'command_failed';
  readonly #exitCode: FailureExitCode;

  constructor(exitCode: FailureExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.#exitCode = exitCode;
  }

  override get exitCode(): FailureExitCode {
    return this.#exitCode;
  }

  override get tellsCause(): boolean {
    return true;
  }
}
