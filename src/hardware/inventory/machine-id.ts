/** An id of the machine that stays the same over restarts and tells nothing about it. */

import { createHmac, randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { ExpectedError } from '../../shared/expected-error.js';

/** A machine without an id of its own could not be given one that lasts. */
export class MachineIdError extends ExpectedError {
  override readonly name = 'MachineIdError';
  readonly code = 'machine_id_not_kept';
}

export interface MachineIdSource {
  /** The operating system's own id: `/etc/machine-id`, IOPlatformUUID, MachineGuid, kern.hostuuid. */
  readonly systemId: string | undefined;
  /** In a container `/etc/machine-id` belongs to the image, and many machines share it. */
  readonly inContainer: boolean;
  /** Where a random id is kept for a machine without one of its own. */
  readonly file: string;
  readonly random?: ((bytes: number) => Buffer) | undefined;
}

const ID_BYTES = 16;
const idPattern = /^[0-9a-f]{32}$/;
// systemd asks that its id never leaves the machine and that applications show a keyed hash of it: machine-id(5).
const KEY = 'typhon machine id, version 1';

/**
 * 32 hex digits: HMAC-SHA-256 of the system's id, else a random id that is created once and kept in `file`. Throws
 * `MachineIdError` where it could not be kept.
 */
export async function readMachineId(source: MachineIdSource): Promise<string> {
  if (!source.inContainer && isSystemId(source.systemId)) {
    return createHmac('sha256', KEY)
      .update(source.systemId.trim().toLowerCase())
      .digest('hex')
      .slice(0, ID_BYTES * 2);
  }
  return (await readKept(source.file)) ?? (await createKept(source.file, source.random ?? randomBytes));
}

/** 128 bits in hex, with or without hyphens; not the zeros or the `uninitialized` of an image that never started. */
function isSystemId(id: string | undefined): id is string {
  const digits = id?.trim().replaceAll('-', '') ?? '';
  return /^[0-9a-f]{32}$/i.test(digits) && !/^(.)\1*$/.test(digits);
}

async function readKept(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return idPattern.test(text.trim()) ? text.trim() : undefined;
}

async function createKept(file: string, random: (bytes: number) => Buffer): Promise<string> {
  const id = random(ID_BYTES).toString('hex');
  try {
    // Not exclusively: a file that a crash left empty is written again.
    const handle = await open(file, 'w');
    await handle.writeFile(`${id}\n`);
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    const message = `This machine has no id of its own, and a random one could not be kept in ${file}.`;
    throw new MachineIdError(message, { cause });
  }
  return id;
}
