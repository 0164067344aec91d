/**
 * Files of procfs, read synchronously: one costs a few µs, through the thread pool ten times that, and a look at all
 * processes reads hundreds. Sources: proc(5).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Empty where it cannot be read: the process is gone, or another user's. */
export function procText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The names in a folder; none where it cannot be read. */
export function procNames(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** What a link names; empty where it cannot be read, or is none. */
export function procLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
