/** Who started a job, in words. */
export function triggerWords(trigger: string): string {
  const [kind, ...name] = trigger.split(':');
  if (kind === 'schedule') return `schedule ${name.join(':')}`;
  if (kind === 'api') return 'the page or the API';
  return kind === 'cli' ? 'typhon run' : trigger;
}
