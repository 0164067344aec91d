/** What a test's figures say beyond themselves, for a reader who wonders why they are what they are. */
import * as z from 'zod';
import { count } from '../shared/figure-text.js';

/** The closed set, the most telling first. */
export const findingCodes = [
  'output_changed',
  'runs_lost',
  'prompt_truncated',
  'model_reloaded',
  'arrivals_clumped',
  'implausible_usage',
  'gpu_lost',
  'partly_on_cpu',
  'thermal_throttling',
  'power_throttling',
  'pcie_link_degraded',
  'vram_nearly_full',
  'ecc_errors',
  'spill_to_system_memory',
  'low_utilisation',
  'other_gpu_process',
  'client_gap',
  'noisy_result',
] as const;

export const findingSchema = z.object({
  code: z.enum(findingCodes),
  /** One sentence with the figures that led to it. */
  message: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** In the order of the closed set; those of one code stay in theirs. */
export function mostTellingFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code));
}

/** Of the successful timed runs, how many it concerns. */
export interface RunShare {
  readonly runs: number;
  readonly of: number;
}

function inRuns({ runs, of }: RunShare): string {
  return `In ${runs} of ${of} runs`;
}

/** `error` is the failure of the first run that was lost; `detail` the server's words. */
export function runsLost({ runs, of }: RunShare, error: string, detail: string | undefined): Finding {
  const words = detail === undefined ? error : `${error} (${detail})`;
  return { code: 'runs_lost', message: `${runs} of ${of} timed runs ${runs === 1 ? 'was' : 'were'} lost: ${words}.` };
}

/** Both in prompt tokens. */
export function promptTruncated({ sent, read }: { readonly sent: number; readonly read: number }): Finding {
  const message = `The server cut the prompt: it read ${count(read)} of about ${count(sent)} tokens.`;
  return { code: 'prompt_truncated', message };
}

/** Seen around the first, thrown-away request of a run. Context lengths in tokens, `undefined` where unknown. */
export function modelReloaded(context: {
  readonly before: number | undefined;
  readonly after: number | undefined;
}): Finding {
  const { before, after } = context;
  const changed =
    before !== undefined && after !== undefined && before !== after
      ? `with a context of ${count(after)} tokens in place of ${count(before)}`
      : 'because it had been loaded with other options than a plain request has';
  return { code: 'model_reloaded', message: `The server reloaded the model for the first request, ${changed}.` };
}

/** `longestS` is the longest load time that the server told of, in seconds. */
export function modelLoadedInRuns(share: RunShare, longestS: number | undefined): Finding {
  const took = longestS === undefined ? '' : ` (up to ${longestS.toFixed(1)} s)`;
  const message = `${inRuns(share)} the server loaded the model before it answered${took}: their TTFT is unknown.`;
  return { code: 'model_reloaded', message };
}

/** Of these runs, how many have a decode speed from the server's own timings, and how many one from steady clumps. */
export interface ClumpedSpeeds {
  readonly fromServer: number;
  readonly fromSocket: number;
  /** How many have a time to the first token, which is the server's own: that of clumps is not known. */
  readonly firstTokens: number;
}

export function arrivalsClumped(share: RunShare, speeds: ClumpedSpeeds): Finding {
  const message = `${inRuns(share)} tokens arrived in clumps, as behind a buffering proxy or on a busy machine, so arrival times do not tell when they were made: ${clumpedSpeed(share.runs, speeds)}.`;
  return { code: 'arrivals_clumped', message };
}

function clumpedSpeed(runs: number, { fromServer, fromSocket, firstTokens }: ClumpedSpeeds): string {
  if (fromServer === runs && firstTokens === runs)
    return "the decode speed and the time to first token are the server's own, without the way from there to here";
  if (fromServer === runs) return "the decode speed is the server's own";
  if (fromSocket === runs) return 'the decode speed is that of the clumps, the time to the first token is unknown';
  const known = fromServer + fromSocket;
  return known === 0 ? 'the decode speed is unknown' : `the decode speed is known in ${known} of them and else unknown`;
}

export function implausibleUsage(share: RunShare): Finding {
  const message = `${inRuns(share)} the server told token counts that cannot be: they were left aside.`;
  return { code: 'implausible_usage', message };
}

/** `gpuRatio` is the share of the model's memory that lies on GPUs, 0 to 1. */
export function partlyOnCpu(gpuRatio: number): Finding {
  const percent = Math.min(99, Math.floor(gpuRatio * 100));
  const message =
    percent === 0 ? 'The model lies on the CPU.' : `${percent} % of the model lies on the GPU, the rest on the CPU.`;
  return { code: 'partly_on_cpu', message };
}

export function clientGap(share: RunShare): Finding {
  const message = `${inRuns(share)} the server's own decode speed differs from the measured one by more than 5 %.`;
  return { code: 'client_gap', message };
}

/** Half-widths of the mean's 95 % interval as shares of the mean. */
export function stillNoisy({ reached, aim, runs }: Record<'reached' | 'aim' | 'runs', number>): Finding {
  const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;
  const message = `The mean decode speed is known to ± ${percent(reached)} only, after ${runs} runs: ± ${percent(aim)} was aimed at.`;
  return { code: 'noisy_result', message };
}
