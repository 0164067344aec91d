import type { AgentStatus } from '../../api/routes/status.js';
import * as figures from '../../shared/figure-text.js';
import { verdictLook } from '../../shared/verdict-state.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { notSeen } from '../agent/status-poll.js';
import { useAway } from '../agent/use-away.js';
import { hrefOf } from '../ui/route.js';
import { localTime, span } from '../ui/times.js';
import { useCell } from '../ui/use-cell.js';

/** The servers with their models, and the hardware as it is. */
export function NowCard({ session }: { readonly session: PageSession }) {
  const status = useCell(session.status);
  return (
    <section class="card" aria-labelledby="now-title">
      <h2 id="now-title">Now</h2>
      {status === undefined ? <Nothing session={session} /> : <Now status={status} session={session} />}
    </section>
  );
}

function Nothing({ session }: { readonly session: PageSession }) {
  const link = useCell(session.poll.link);
  return <p class="empty">{link.state === 'down' ? notSeen(link) : 'Loading…'}</p>;
}

function Now({ status, session }: { readonly status: AgentStatus; readonly session: PageSession }) {
  const { targets, verdict, gpus, gpu_health: gpuHealth, cpu, waiting, paused, waiting_for: waitingFor } = status;
  const isPast = useAway(session) !== undefined;
  return (
    <>
      {isPast && <p class="hint">As last seen, {localTime(status.now)}.</p>}
      <ul class="plain targets">
        {targets
          .filter((target) => !isNobody(target))
          .map((target) => (
            <li key={target.name}>
              <Target target={target} isPlain={isPast || isTroubled(verdict, target)} />
            </li>
          ))}
      </ul>
      {targets.length === 0 && <p class="empty">Looking for LLM servers…</p>}
      {targets.some(isNobody) && (
        <p class="hint">
          No LLM server was found on this machine. Start one (llama.cpp, Ollama, LM Studio, vLLM, …), or press Run with
          its address: “Another address…” under Target.
        </p>
      )}
      {waitingFor !== null && (
        <p>
          The running job has waited {span(waitingFor.seconds * 1000)} for {waitingFor.holder}.
        </p>
      )}
      {waiting.length > 0 && (
        <p>
          Waiting:{' '}
          {waiting.map(({ job_id: id, mode }) => (
            <a key={id} class="chip" href={hrefOf({ view: 'job', jobId: id })}>
              {mode} {id}
            </a>
          ))}
        </p>
      )}
      {paused.length > 0 && (
        <p>
          Paused:{' '}
          {paused.map(({ job_id: id, mode, progress }) => (
            <span key={id}>
              <a class="chip" href={hrefOf({ view: 'job', jobId: id })}>
                {mode} {id}
                {progress.total !== null && ` ${progress.done}/${progress.total}`}
              </a>{' '}
              <AgentButton session={session} class="quiet" onPress={() => void session.run.resume(id)}>
                Resume
              </AgentButton>{' '}
            </span>
          ))}
        </p>
      )}
      <Gpus gpus={gpus} />
      {gpuHealth.problems.length > 0 && (
        <ul class="plain gpu-problems">
          {gpuHealth.problems.map((problem) => (
            <li key={problem}>
              <span class="badge error">GPU</span> {problem}
            </li>
          ))}
        </ul>
      )}
      {cpu !== null && <Cpu cpu={cpu} />}
    </>
  );
}

function Cpu({ cpu }: { readonly cpu: NonNullable<AgentStatus['cpu']> }) {
  const all = [figures.percent(cpu.util_pct), figures.celsius(cpu.temp_c), figures.watts(cpu.power_w)];
  const known = all.filter((figure) => figure !== figures.UNKNOWN);
  if (known.length === 0) return null;
  return (
    <p class="meter-line">
      <span>CPU</span>
      <span class="number">{known.join(' · ')}</span>
    </p>
  );
}

/** Nothing is configured, and nothing was discovered. */
function isNobody({ configured, state }: TargetStatus): boolean {
  return !configured && state === 'down';
}

type TargetStatus = AgentStatus['targets'][number];

interface TargetProps {
  readonly target: TargetStatus;
  /** Its light is not green then, though it answers. */
  readonly isPlain: boolean;
}

function Target({ target, isPlain }: TargetProps) {
  const { name, state, server_kind: kind, server_version: version, model, no_model: noModel } = target;
  const { context_length: context } = target;
  return (
    <>
      <span class={`dot ${isPlain && state === 'up' ? 'unknown' : state}`} aria-hidden="true" />
      <strong>{name}</strong> <span class="hint">{stateWords[state]}</span>
      {model !== null && <span class="model">{model}</span>}
      {noModel !== null && <span class="hint">{noModel}</span>}
      {kind !== null && (
        <span class="hint">
          {kind}
          {version !== null && ` ${version}`}
          {context !== null && ` · context ${figures.count(context)}`}
        </span>
      )}
    </>
  );
}

function isTroubled({ targets }: AgentStatus['verdict'], { name }: TargetStatus): boolean {
  return targets.some((one) => one.target === name && ['bad', 'warn'].includes(verdictLook(one).tone));
}

const stateWords = { up: 'answers', down: 'does not answer', unknown: 'not asked yet' } as const;

/** Several of one kind are told apart by their index, as everywhere else. */
function gpuName({ index, name }: AgentStatus['gpus'][number], count: number): string {
  if (name === null) return `GPU ${index}`;
  return count === 1 ? name : `GPU ${index} · ${name}`;
}

function Gpus({ gpus }: { readonly gpus: AgentStatus['gpus'] }) {
  return (
    <ul class="plain gpus">
      {gpus.map((gpu) => (
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
            <span>{figures.percent(gpu.util_pct)} busy</span>
            <span>{figures.celsius(gpu.temp_c)}</span>
            <span>
              {figures.watts(gpu.power_w)}
              {gpu.power_limit_w !== null && ` of ${figures.watts(gpu.power_limit_w)}`}
            </span>
          </p>
        </li>
      ))}
    </ul>
  );
}
