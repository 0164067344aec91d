/** An event in words, the same for every channel that people read. */
import { change } from '../shared/figure-text.js';
import { testName } from '../shared/test-name.js';
import { signals } from '../trends/signal.js';
import type { NotificationEvent, NotifiedFinding } from './event.js';

export interface Message {
  /** One line. */
  readonly title: string;
  /** Some lines of plain text. */
  readonly text: string;
  readonly tone: 'bad' | 'good' | 'neutral';
}

type Of<Kind extends NotificationEvent['event']> = Extract<NotificationEvent, { event: Kind }>;

// Slack takes 3,000 characters of text, ntfy and Discord 4,096.
const MOST_FINDINGS = 15;
const MOST_CHARACTERS = 1000;

/** The event in words, for channels whose readers are people. */
export function messageOf(event: NotificationEvent): Message {
  switch (event.event) {
    case 'run_failure':
      return failure(event);
    case 'regression_start':
      return regression(event);
    case 'output_changed':
      return {
        title: `${event.machine}: ${event.model} answers otherwise than before`,
        text: [shortened(event.detail), ranAs(event)].join('\n'),
        tone: 'bad',
      };
    case 'recovery':
      return {
        title: `${event.machine}: ${event.model} is well again`,
        text: [...listed(event.findings, recovered), ranAs(event)].join('\n'),
        tone: 'good',
      };
    case 'missed_schedule':
      return missed(event);
    case 'test':
      return {
        title: `${event.machine}: typhon can reach you`,
        text: 'This is the test message of typhon notify test.',
        tone: 'neutral',
      };
  }
}

function failure({ machine, mode, target, model, error, detail, job_id, trigger, at }: Of<'run_failure'>): Message {
  const what = [target, model].filter((name) => name !== null).join(', ');
  return {
    title: `${machine}: a benchmark failed`,
    text: [
      `The ${mode} benchmark${what === '' ? '' : ` of ${what}`} failed: ${shortened(detail === null ? error : `${error} (${detail})`)}`,
      `Job ${job_id}, asked for by ${trigger}, ended ${at}.`,
    ].join('\n'),
    tone: 'bad',
  };
}

function regression(event: Of<'regression_start'>): Message {
  const { changes } = event;
  const cause = changes === null ? 'Nothing is known to have changed.' : `Changed then: ${shortened(changes)}.`;
  return {
    title: `${event.machine}: ${event.model} is worse than it was`,
    text: [...listed(event.findings, worsened), cause, ranAs(event)].join('\n'),
    tone: 'bad',
  };
}

function missed({ machine, schedule, target, detail, missed: count }: Of<'missed_schedule'>): Message {
  const what = count === 1 ? 'A run' : `${count} runs`;
  return {
    title: `${machine}: schedule ${schedule} was missed`,
    text: `${what}${target === null ? '' : ` of ${target}`} did not take place: ${shortened(detail)}`,
    tone: 'neutral',
  };
}

/** One line each, as many as a channel takes. */
function listed(findings: readonly NotifiedFinding[], line: (finding: NotifiedFinding) => string): string[] {
  const shown = findings.slice(0, MOST_FINDINGS).map(line);
  return findings.length <= MOST_FINDINGS ? shown : [...shown, `and ${findings.length - MOST_FINDINGS} more`];
}

function worsened({ test_id, signal, change_ratio, since }: NotifiedFinding): string {
  return `${testName(test_id)}: ${signals[signal].label} ${change(change_ratio)} since ${since}`;
}

function recovered({ test_id, signal, since }: NotifiedFinding): string {
  return `${testName(test_id)}: ${signals[signal].label}, which was worse since ${since}`;
}

function ranAs({ target, run_id }: { readonly target: string; readonly run_id: string }): string {
  return `Target ${target}, run ${run_id}.`;
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
