/** Puts the schema's findings into words: what was expected, what stood there. */
import type { z } from 'zod';
import type { Path } from './path.js';

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** Completes "expected …" for whatever the schema does not word itself. */
export function expectationOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `one of the keys ${keysOf(issue.inst).join(', ')}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'another key';
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'array' ? ' entries' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}`;
    default:
      return issue.message ?? 'another value';
  }
}

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null || !('shape' in schema)) return [];
  return Object.keys(schema.shape ?? {});
}

// Never printed, not even when it is malformed: what is wrong with a secret can be said without showing it.
const secretKeys: readonly PropertyKey[] = ['api_key', 'bearer_token', 'secret', 'token', 'password', 'webhook_url'];

/** Completes "got …" for the value at `path` of `root`; a secret is named, not shown. */
export function describeValue(root: unknown, path: Path): string {
  let value = root;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return `a mapping of ${Object.keys(value).join(', ') || 'nothing'}`;
  // An item of a list is what its list is.
  const key = path.findLast((step) => typeof step !== 'number');
  if (key !== undefined && isSecret(path[0], key)) return `a ${typeof value} (not shown)`;
  if (typeof value === 'string') return JSON.stringify(withoutPassword(value));
  return String(value);
}

/** Whoever knows where a webhook is can often call it: its whole URL is a secret. A hash that is none is a password. */
function isSecret(section: PropertyKey | undefined, key: PropertyKey): boolean {
  if (section === 'tls_server_config' && key === 'key') return true;
  if (section === 'basic_auth_users') return true;
  return secretKeys.includes(key) || (section === 'notifications' && (key === 'url' || key === 'urls'));
}

function withoutPassword(value: string): string {
  // A password may hold a slash or an @ that nobody escaped.
  return value.includes('//') ? value.replace(/\/\/.*@/s, '//…@') : value.replace(/^[^/@\s]+:.*@/s, '…@');
}
