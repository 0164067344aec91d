/** What a job has finished, on disk beside the others' until the job has its result: after a pause or a crash it goes on from there. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { segmentSchema, testResultSchema } from '../benchmark/result.js';
import { writeJson } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import { storageErrorOf } from '../chronicle/storage-error.js';
import type { BenchmarkJob } from '../runner/benchmark-job.js';
import type { FinishedPart } from '../runner/job-part.js';
import { planSchema } from '../runner/parent-message.js';
import { jobIdPattern } from './job.js';

/** What has to be the same for the tests to come to belong to those that are finished. */
export const subjectSchema = z.object({
  machine_id: z.string(),
  target: z.string(),
  api_base: z.string(),
  server_kind: z.string(),
  server_version: z.string().nullable(),
  model: z.string(),
  model_file: z.string().nullable(),
  quantisation: z.string().nullable(),
  /** In tokens. */
  context_length: z.number().nullable(),
  workload_version: z.union([z.number(), z.string()]),
});
export type Subject = z.infer<typeof subjectSchema>;

export const checkpointSchema = z.object({
  job_id: z.string().regex(jobIdPattern),
  subject: subjectSchema,
  /** As it was made when the job began first; the time for runs beyond it is what the tests to come have left. */
  plan: planSchema,
  tests: z.array(testResultSchema),
  skipped: z.array(z.object({ test_id: z.string(), reason: z.string() })),
  /** Seconds; `null` where the model was loaded already. */
  model_load_s: z.number().nullable(),
  /** The stretches in which these tests were measured. */
  segments: z.array(segmentSchema),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

export class Checkpoints {
  readonly #folder: string;
  // One write at a time for each job, so that an older state never overtakes a newer one.
  readonly #writes = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `undefined` where there is none, or none that can be read. */
  async read(jobId: string): Promise<Checkpoint | undefined> {
    try {
      return checkpointSchema.parse(JSON.parse(await readFile(this.#file(jobId), 'utf8')));
    } catch {
      // The job begins anew then: what cannot be read is no result.
      return undefined;
    }
  }

  /** Resolves when it is on disk. Rejects with `StorageError`. */
  write(checkpoint: Checkpoint): Promise<void> {
    const { job_id: jobId } = checkpoint;
    const before = this.#writes.get(jobId) ?? Promise.resolve();
    const write = before
      .catch(() => undefined)
      .then(() => this.#makeFolder())
      .then(() => writeJson(this.#file(jobId), checkpoint));
    this.#writes.set(jobId, write);
    const over = () => {
      if (this.#writes.get(jobId) === write) this.#writes.delete(jobId);
    };
    write.then(over, over);
    return write;
  }

  /** Rejects with `StorageError`. */
  async remove(jobId: string): Promise<void> {
    await this.#writes.get(jobId)?.catch(() => undefined);
    try {
      await rm(this.#file(jobId), { force: true });
    } catch (error) {
      throw storageErrorOf(error, 'remove', this.#file(jobId));
    }
  }

  /** The jobs that have one. Rejects with `StorageError`. */
  async jobIds(): Promise<readonly string[]> {
    try {
      const names = await readdir(this.#folder);
      return names.flatMap((name) => /^([0-9a-f]{8})\.json$/.exec(name)?.[1] ?? []);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return [];
      throw storageErrorOf(error, 'list', this.#folder);
    }
  }

  async #makeFolder(): Promise<void> {
    try {
      await mkdir(this.#folder);
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw storageErrorOf(error, 'create the folder', this.#folder);
    }
  }

  #file(jobId: string): string {
    return join(this.#folder, `${jobId}.json`);
  }
}

const names: Readonly<Record<keyof Subject, string>> = {
  machine_id: 'the machine',
  target: 'the target',
  api_base: "the server's address",
  server_kind: 'the server',
  server_version: "the server's version",
  model: 'the model',
  model_file: 'the model file',
  quantisation: 'the quantisation',
  context_length: "the server's context length",
  workload_version: 'the workload',
};

/** Why what is there now is not what was measured, in words; `undefined` where it is the same. */
export function changeOf(before: Subject, now: Subject): string | undefined {
  const changes = (Object.keys(names) as (keyof Subject)[]).filter((key) => before[key] !== now[key]);
  if (changes.length === 0) return undefined;
  const words = changes.map((key) => `${names[key]} was ${told(before[key])} and is ${told(now[key])}`);
  return words.join('; ');
}

function told(value: Subject[keyof Subject]): string {
  return value === null ? 'unknown' : String(value);
}

/** `workloadVersion` as results carry it. */
export function subjectOf(
  target: BenchmarkJob['target'],
  machineId: string,
  workloadVersion: Subject['workload_version'],
): Subject {
  const { identity, name, model, modelFile, contextLength } = target;
  return {
    machine_id: machineId,
    target: name,
    api_base: identity.apiBase,
    server_kind: identity.kind,
    server_version: identity.version ?? null,
    model,
    model_file: modelFile?.id ?? null,
    quantisation: modelFile?.quantisation ?? null,
    context_length: contextLength ?? null,
    workload_version: workloadVersion,
  };
}

export function checkpointOf(jobId: string, subject: Subject, part: FinishedPart): Checkpoint {
  const { plan, tests, skipped, modelLoadS, contextLength, segments } = part;
  return {
    job_id: jobId,
    // The model may have been loaded anew with another one since.
    subject: { ...subject, context_length: contextLength ?? null },
    plan: { ...plan, tests: [...plan.tests], skipped: [...plan.skipped] },
    tests: [...tests],
    skipped: [...skipped],
    model_load_s: modelLoadS ?? null,
    segments: [...segments],
  };
}

export function finishedPart({ plan, tests, skipped, model_load_s, subject, segments }: Checkpoint): FinishedPart {
  return {
    ...{ plan, tests, skipped, segments },
    modelLoadS: model_load_s ?? undefined,
    contextLength: subject.context_length ?? undefined,
  };
}

/** Tests of the plan that are finished or were skipped since. */
export function testsDone({ plan, tests, skipped }: Checkpoint): number {
  return tests.length + skipped.length - plan.skipped.length;
}
