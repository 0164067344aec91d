/** Keeps the runtime's optimising compiler from working beside what is measured. */
import { setFlagsFromString } from 'node:v8';

/**
 * Turns V8's optimising compiler off for this process. Reading a stream takes a few microseconds for a token however
 * it is compiled, while compiling it for speed costs up to a third of all that the client uses, on threads of its own,
 * just while a server on the same machine decodes.
 */
export function disableJit(): void {
  setFlagsFromString('--no-opt');
}
