const informing = new Set(['-h', '--help', '--version']);

/**
 * Which code a command line will run: `help` where it surely asks for no more, else the word that it begins with, which
 * is a command's or an error, else what typhon is without one.
 */
export function startKind(args: readonly string[]): string {
  const [first = '', second = ''] = args;
  const hasCommand = /^[a-z][a-z-]*$/.test(first);
  // Elsewhere such a word may be an option's value.
  if (first === 'help' || informing.has(first) || (hasCommand && informing.has(second))) return 'help';
  return hasCommand ? first : 'agent';
}
