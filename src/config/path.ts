/** Where something stands in a configuration file. */
export type Path = readonly PropertyKey[];

/** `targets[0].url` */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}
