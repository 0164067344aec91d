import type { AgentStatus } from '../../api/routes/status.js';
import * as figures from '../../shared/figure-text.js';
import { verdictLook } from '../../shared/verdict-state.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { notSeen } from '../agent/status-poll.js';
import { useAway } from '../agent/use-away.js';
import { LiveText } from '../ui/live-text.js';
import { hrefOf } from '../ui/route.js';
import { localTime, span } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { GpuProblems, Gpus } from './gpu-list.js';

interface SessionProps {
  readonly session: PageSession;
}

/** The servers with their models, and the hardware as it is. */
export function NowCard({ session }: SessionProps) {
  const isKnown = useCellPart(session.status, (status) => status !== undefined);
  return (
    <section class="card" aria-labelledby="now-title">
      <h2 id="now-title">Now</h2>
      {isKnown ? <Now session={session} /> : <Nothing session={session} />}
    </section>
  );
}

function Nothing({ session }: SessionProps) {
  const link = useCell(session.poll.link);
  return <p class="empty">{link.state === 'down' ? notSeen(link) : 'Loading…'}</p>;
}

function LastSeen({ session }: SessionProps) {
  const now = useCellPart(session.newest, (status) => status?.now);
  return now === undefined ? null : <p class="hint">As last seen, {localTime(now)}.</p>;
}

function Now({ session }: SessionProps) {
  const isPast = useAway(session) !== undefined;
  return (
    <>
      {isPast && <LastSeen session={session} />}
      <Targets session={session} isPast={isPast} />
      <Waiting session={session} />
      <Paused session={session} />
      <Gpus session={session} />
      <GpuProblems session={session} />
      <Cpu session={session} />
    </>
  );
}

function Targets({ session, isPast }: SessionProps & { readonly isPast: boolean }) {
  const targets = useCellPart(session.status, (status) => status?.targets) ?? [];
  const verdict = useCellPart(session.status, (status) => status?.verdict);
  return (
    <>
      <ul class="plain targets">
        {targets
          .filter((target) => !isNobody(target))
          .map((target) => (
            <li key={target.name}>
              <Target target={target} isPlain={isPast || (verdict !== undefined && isTroubled(verdict, target))} />
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
    </>
  );
}

function Waiting({ session }: SessionProps) {
  const waitingFor = useCellPart(session.newest, (status) => status?.waiting_for) ?? null;
  const waiting = useCellPart(session.status, (status) => status?.waiting) ?? [];
  return (
    <>
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
    </>
  );
}

function Paused({ session }: SessionProps) {
  const paused = useCellPart(session.status, (status) => status?.paused) ?? [];
  if (paused.length === 0) return null;
  return (
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
  );
}

function Cpu({ session }: SessionProps) {
  const isKnown = useCellPart(session.newest, (status) => cpuWords(status) !== '');
  if (!isKnown) return null;
  return (
    <p class="meter-line">
      <span>CPU</span>
      <span class="number">
        <LiveText of={session.newest} words={() => cpuWords(session.newest.value)} />
      </span>
    </p>
  );
}

function cpuWords(status: AgentStatus | undefined): string {
  const cpu = status?.cpu ?? null;
  if (cpu === null) return '';
  const all = [figures.percent(cpu.util_pct), figures.celsius(cpu.temp_c), figures.watts(cpu.power_w)];
  return all.filter((figure) => figure !== figures.UNKNOWN).join(' · ');
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
