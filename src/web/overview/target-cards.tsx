import { useRef, useState } from 'preact/hooks';
import type { Cards } from '../../api/routes/cards.js';
import { change, latency, percent, speed } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import { MINUTE_MS } from '../../shared/units.js';
import { type VerdictTone, verdictLook } from '../../shared/verdict-state.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { useAway } from '../agent/use-away.js';
import { hrefOf } from '../ui/route.js';
import { steady } from '../ui/steady.js';
import { localTime, relative } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { useSame } from '../ui/use-same.js';
import { Sparkline } from './sparkline.js';

type Card = Cards['cards'][number];
type Figure = NonNullable<Card['decode']>;

/** A phone shows a dozen before anybody is tired of scrolling. */
const FIRST = 12;
const none: readonly Card[] = [];

/** How fast each model of each target is now, against last month, the worst first. */
export function TargetCards({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const nowMs = useNow(MINUTE_MS);
  const [isWhole, setIsWhole] = useState(false);
  const [shown, setShown] = useState<Cards>();
  // A server went down, say: the status, which is asked for every other second, tells it first.
  const isOld = useCellPart(
    session.status,
    (status) => shown !== undefined && status !== undefined && !isOneState(shown.cards, status.verdict.targets),
  );
  const isWell = useCellPart(session.status, (status) => status?.verdict.state === 'well');
  const { value } = useAnswer(async () => {
    const answer = await session.client.get<Cards>('cards');
    setShown(answer);
    return answer;
  }, [changes, useRises(isOld), nowMs]);
  const isPast = useAway(session) !== undefined;
  const cards = useSame(value?.cards ?? none).filter(hasFigures);
  const isGreen = !isPast && cards.every((card) => verdictLook(card).tone === 'good') && isWell;
  if (cards.length === 0) return null;
  return (
    <section class="card" aria-labelledby="cards-title">
      <h2 id="cards-title">Now and last month</h2>
      <ul class="plain target-cards">
        {cards.slice(0, isWhole ? cards.length : FIRST).map((card) => (
          <SteadyCard key={`${card.target} ${card.model}`} card={card} isGreen={isGreen} nowMs={nowMs} />
        ))}
      </ul>
      {!isWhole && cards.length > FIRST && (
        <button type="button" onClick={() => setIsWhole(true)}>
          Show all {cards.length}
        </button>
      )}
    </section>
  );
}

/** How often it has become true: an answer that makes it false again asks for no other. */
function useRises(value: boolean): number {
  const seen = useRef({ value: false, rises: 0 });
  if (value !== seen.current.value) seen.current = { value, rises: seen.current.rises + Number(value) };
  return seen.current.rises;
}

type Stated = Pick<Card, 'target' | 'model' | 'state'>;

function isOneState(cards: readonly Stated[], verdicts: readonly Stated[]): boolean {
  const [a, b] = [cards, verdicts].map((all) =>
    all.map(({ target, model, state }) => JSON.stringify([target, model, state])).toSorted(),
  );
  return a?.join() === b?.join();
}

/** What is yet to be measured has its sentence in the verdict, and nothing to be shown here. */
function hasFigures({ decode, ttft, prefill, last_run_at: last }: Card): boolean {
  return last !== null || (decode ?? ttft ?? prefill) !== null;
}

interface TargetCardProps {
  readonly card: Card;
  /** Whether all is well, so that green may stand on the page. */
  readonly isGreen: boolean;
  readonly nowMs: number;
}

function TargetCard({ card, isGreen, nowMs }: TargetCardProps) {
  const { target, model, decode, ttft, prefill, days, band, cause, concern } = card;
  const look = verdictLook(card);
  const tone: VerdictTone = look.tone === 'good' && !isGreen ? 'rest' : look.tone;
  const why = cause ?? concern;
  return (
    <li class={`target-card ${tone}`}>
      <h3>
        <a href={trendsOf(card)}>{model === null ? target : shortModelName(model)}</a>{' '}
        {model !== null && <span class="hint">on {target}</span>} <span class={`state ${tone}`}>{look.word}</span>
      </h3>
      <dl class={card.is_current ? 'card-figures' : 'card-figures past'}>
        <CardFigure name="Decode, tok/s" figure={decode} format={speed} />
        <CardFigure name="First token" figure={ttft} format={latency} />
        <CardFigure name="Prefill, tok/s" figure={prefill} format={speed} />
      </dl>
      <Sparkline days={days} band={band} isWorse={decode?.is_worse ?? false} />
      {why !== null && <p class="why">{why}</p>}
      <p class="hint">{facts(card, nowMs)}</p>
      {card.partly_on_cpu !== null && (
        <p class="why" title={card.partly_on_cpu}>
          partly on the CPU
          {card.gpu_ratio !== null && `: ${percent(Math.floor(card.gpu_ratio * 100))} on the GPU`}
        </p>
      )}
    </li>
  );
}

const SteadyCard = steady(TargetCard);

/** The trends of just this one. */
function trendsOf({ series }: Card): string {
  if (series === null) return hrefOf({ view: 'trends' });
  const { machine_id: machine, target, model, workload_version: workload } = series;
  return hrefOf({ view: 'trends' }, { target, model, workload: String(workload), machine });
}

function CardFigure({
  name,
  figure,
  format,
}: {
  readonly name: string;
  readonly figure: Figure | null;
  readonly format: (value: number) => string;
}) {
  if (figure === null) return null;
  const { now, change_ratio: ratio, is_worse: isWorse } = figure;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="card-value">{format(now)}</span>
        {ratio !== null && <span class={isWorse ? 'worse' : 'hint'}>{change(ratio)}</span>}
      </dd>
    </div>
  );
}

const againstWords = { last_month: 'against last month', normal: 'against what is normal' } as const;

/** What the changes are against, when it was measured, when it will be, on which cards. */
function facts(card: Card, nowMs: number): string {
  const { last_run_at: last, next_run_at: next, gpus, is_current: isCurrent } = card;
  const measured = isCurrent ? 'measured' : 'last measured';
  const against = (card.decode ?? card.ttft ?? card.prefill)?.against ?? null;
  const words = [
    ...(against === null ? [] : [againstWords[against]]),
    ...(last === null ? [] : [`${measured} ${isCurrent ? relative(last, nowMs) : localTime(last)}`]),
    next === null ? 'by hand only' : `next ${relative(next, nowMs)}`,
    ...(gpus === 'all' ? [] : [gpus.map((gpu) => (typeof gpu === 'number' ? `GPU ${gpu}` : gpu)).join(', ')]),
  ].join(' · ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
