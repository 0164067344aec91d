/** A scan as people read it on a terminal. */

import type { HardwareProfile } from '../../hardware/inventory/profile.js';
import type { FoundServer, Survey, SurveyedServer } from '../../servers/survey.js';
import { count, UNKNOWN } from '../../shared/figure-text.js';
import { textColumns } from './text-columns.js';

export function scanReport(profile: HardwareProfile & { readonly notes?: readonly string[] }, survey: Survey): string {
  const sections = [machineLines(profile), serverLines(survey)];
  if (profile.notes !== undefined && profile.notes.length > 0) sections.push([...profile.notes]);
  if (profile.warnings.length > 0) sections.push(profile.warnings.map((warning) => `! ${warning}`));
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

function machineLines({ cpu, ram, gpus, os, machine_id }: HardwareProfile): string[] {
  const cores = cpu.physical_cores === null ? '' : `, ${cpu.physical_cores} cores`;
  const threads = cpu.logical_cores === null ? '' : `, ${cpu.logical_cores} threads`;
  return textColumns([
    ['CPU', `${cpu.name ?? UNKNOWN}${cores}${threads}`],
    ['RAM', words(ram.total_gb === null ? null : `${ram.total_gb} GiB`, ram.type)],
    ...(gpus.length === 0 ? [['GPU', 'none']] : gpus.map((gpu) => [`GPU ${gpu.index}`, gpuWords(gpu)])),
    ['OS', words(os.distro ?? os.platform, os.release, os.arch)],
    ['Machine', machine_id],
  ]);
}

function gpuWords(gpu: HardwareProfile['gpus'][number]): string {
  const vram = gpu.vram_gb === null ? '' : `, ${gpu.vram_gb} GiB${gpu.memory === 'unified' ? ' shared' : ''}`;
  const driver = gpu.driver_version === null ? '' : `, driver ${gpu.driver_version}`;
  return `${gpu.name}${vram}${driver}`;
}

function words(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' ') || UNKNOWN;
}

function serverLines({ servers, tried }: Survey): string[] {
  if (servers.length === 0) return ['No LLM server detected. Tried:', ...tried.map((url) => `  ${url}`)];
  const head = ['TARGET', 'SERVER', 'URL', 'MODEL', 'CONTEXT', 'STATE'];
  const failures = servers.flatMap((server) => (server.state === 'failed' ? [`✗ ${server.error_detail}`] : []));
  const unknown = servers.flatMap((server) => (server.state === 'found' ? (unknownWords(server) ?? []) : []));
  const open = servers.flatMap((server) => (server.state === 'found' ? (openChoice(server) ?? []) : []));
  const notes = [...failures, ...open, ...unknown];
  return [...textColumns([head, ...servers.map(serverCells)]), ...(notes.length === 0 ? [] : ['', ...notes])];
}

function serverCells(server: SurveyedServer): string[] {
  if (server.state === 'failed') return [server.target, UNKNOWN, server.api_base, UNKNOWN, UNKNOWN, server.error];
  const { target, name, version, api_base, context_length, busy, asleep } = server;
  return [
    target ?? UNKNOWN,
    words(name, version),
    api_base,
    modelWords(server),
    context_length === null ? UNKNOWN : count(context_length),
    asleep ? 'asleep' : busyWords(busy),
  ];
}

/** Where the table names models and none of them would be measured. */
function openChoice({ models, no_model }: FoundServer): string | undefined {
  return no_model !== null && models.some(({ loaded }) => loaded !== false) ? `! ${no_model}` : undefined;
}

function unknownWords({ target, api_base, busy_unknown }: FoundServer): string | undefined {
  if (busy_unknown === null) return undefined;
  return `? Cannot tell whether somebody uses ${target ?? api_base}: ${busy_unknown}. Scheduled runs take it for free.`;
}

function busyWords(busy: boolean | null): string {
  // Nobody can tell: what waits for a free server takes it for one.
  if (busy === null) return 'unknown';
  return busy ? 'busy' : 'idle';
}

/** The models that are loaded; where that is unknown, all that are listed. */
function modelWords({ models }: FoundServer): string {
  const usable = models.filter(({ loaded }) => loaded !== false);
  const [first, ...others] = usable;
  if (first === undefined) return models.length === 0 ? UNKNOWN : 'none loaded';
  return others.length === 0 ? first.id : `${first.id} and ${others.length} more`;
}
