/**
 * Something that may go wrong on any machine, told so that whoever reads the message can put it right: a command prints
 * that and no stack.
 */
export abstract class ExpectedError extends Error {
  /** For programs, which never compare messages. */
  abstract readonly code: string;

  /** Of the command that it ends: 2 where the command line or the configuration is wrong. */
  get exitCode(): number {
    return 1;
  }

  /** Whether the message says already what its cause says. */
  get tellsCause(): boolean {
    return false;
  }
}
