import { systemCodeOf } from './file-system.js';

/** Whether there is a process of this number now; it may be another one than it was. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, but belongs to somebody else.
    return systemCodeOf(error) === 'EPERM';
  }
}
