import type { AgentStatus } from '../../api/routes/status.js';
import * as figures from '../../shared/figure-text.js';
import type { PageSession } from '../agent/page-session.js';
import { LiveText } from '../ui/live-text.js';
import { useCellPart } from '../ui/use-cell.js';

type Gpu = AgentStatus['gpus'][number];

interface SessionProps {
  readonly session: PageSession;
}

/** Each GPU with its memory and its readings. */
export function Gpus({ session }: SessionProps) {
  const { newest } = session;
  // What is read every other second writes itself.
  useCellPart(newest, lastingParts);
  const gpus = newest.value?.gpus ?? [];
  const reading = (index: number, words: (gpu: Gpu) => string) => (
    <LiveText of={newest} words={() => wordsAt(newest.value, index, words)} />
  );
  return (
    <ul class="plain gpus">
      {gpus.map((gpu, index) => (
        <li key={gpu.uuid ?? `${gpu.vendor} ${gpu.index}`}>
          <p class="meter-line">
            <strong>{gpuName(gpu, gpus.length)}</strong>
            {gpu.throttled === true && <span class="badge cancelled">throttled</span>}
          </p>
          {gpu.memory_used_mb !== null && gpu.memory_total_mb !== null && (
            <p class="meter-line">
              <meter
                aria-label={`Memory of GPU ${gpu.index}`}
                min={0}
                max={gpu.memory_total_mb}
                value={gpu.memory_used_mb}
              />
              <span class="number">
                {figures.memory(gpu.memory_used_mb)} of {figures.memory(gpu.memory_total_mb)}
              </span>
            </p>
          )}
          <p class="number gpu-figures">
            {reading(index, ({ util_pct: busy }) => `${figures.percent(busy)} busy`)}
            {reading(index, ({ temp_c: temperature }) => figures.celsius(temperature))}
            {reading(index, powerWords)}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Why readings do not come. */
export function GpuProblems({ session }: SessionProps) {
  const { newest } = session;
  useCellPart(newest, (status) => JSON.stringify(status?.gpu_health.problems));
  const problems = newest.value?.gpu_health.problems ?? [];
  if (problems.length === 0) return null;
  return (
    <ul class="plain gpu-problems">
      {problems.map((problem) => (
        <li key={problem}>
          <span class="badge error">GPU</span> {problem}
        </li>
      ))}
    </ul>
  );
}

/** Which there are, and of each what seldom changes: memory is taken when a model is loaded. */
function lastingParts(status: AgentStatus | undefined): string {
  const parts = status?.gpus.map(
    ({ uuid, vendor, index, name, throttled, memory_used_mb: used, memory_total_mb: all }) => [
      uuid,
      vendor,
      index,
      name,
      throttled,
      used === null ? null : figures.memory(used),
      all,
    ],
  );
  return JSON.stringify(parts ?? []);
}

function wordsAt(status: AgentStatus | undefined, index: number, words: (gpu: Gpu) => string): string {
  const gpu = status?.gpus[index];
  return gpu === undefined ? '' : words(gpu);
}

function powerWords({ power_w: power, power_limit_w: limit }: Gpu): string {
  return limit === null ? figures.watts(power) : `${figures.watts(power)} of ${figures.watts(limit)}`;
}

/** Several of one kind are told apart by their index, as everywhere else. */
function gpuName({ index, name }: Gpu, count: number): string {
  if (name === null) return `GPU ${index}`;
  return count === 1 ? name : `GPU ${index} · ${name}`;
}
