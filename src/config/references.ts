/** What no single entry can know: names that are taken twice and names that nothing bears. */
import type { ConfigViolation } from './config-violation.js';

/** Checks the raw data of a file, so that these problems are found beside all others and not only after them. */
export function referenceViolations(root: unknown): ConfigViolation[] {
  const targets = namesIn(root, 'targets');
  const known = [...new Set(targets.values())];
  return [
    ...repeatedNames('targets', targets),
    ...repeatedNames('schedules', namesIn(root, 'schedules')),
    ...repeatedNames('notifications', lowerCase(namesIn(root, 'notifications'))),
    ...unknownTargets(entriesOf(root, 'schedules'), known),
  ];
}

function entriesOf(root: unknown, section: string): unknown[] {
  const list = property(root, section);
  return Array.isArray(list) ? list : [];
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function namesIn(root: unknown, section: string): Map<number, string> {
  const names = new Map<number, string>();
  entriesOf(root, section).forEach((entry, index) => {
    const name = property(entry, 'name');
    if (typeof name === 'string') names.set(index, name);
  });
  return names;
}

/** What a channel is still to be told is a file of its name, and not every file system tells A from a. */
function lowerCase(names: Map<number, string>): Map<number, string> {
  return new Map([...names].map(([index, name]) => [index, name.toLowerCase()]));
}

function repeatedNames(section: string, names: Map<number, string>): ConfigViolation[] {
  const first = new Map<string, number>();
  const violations: ConfigViolation[] = [];
  for (const [index, name] of names) {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      violations.push({ path: [section, index, 'name'], expected: `a name other than that of ${section}[${earlier}]` });
  }
  return violations;
}

function unknownTargets(schedules: readonly unknown[], known: readonly string[]): ConfigViolation[] {
  const choice = known.length === 0 ? 'all, as no targets are configured' : `one of the targets ${known.join(', ')}`;
  return schedules.flatMap((schedule, index) => {
    const names = property(schedule, 'targets');
    if (!Array.isArray(names)) return [];
    return names.flatMap((name: unknown, position): ConfigViolation[] => {
      if (typeof name !== 'string' || known.includes(name)) return [];
      return [{ path: ['schedules', index, 'targets', position], expected: choice }];
    });
  });
}
