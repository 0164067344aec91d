import { useState } from 'preact/hooks';
import type { AgentStatus } from '../../api/routes/status.js';
import type { Job } from '../../jobs/job.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { useCellPart } from '../ui/use-cell.js';
import { estimateWords } from './estimate.js';
import { useEstimate } from './use-estimate.js';

type Mode = Job['mode'];

const modes: readonly { readonly mode: Mode; readonly name: string; readonly what: string }[] = [
  { mode: 'quick', name: 'Quick', what: 'A short prompt, three context sizes, one long answer' },
  { mode: 'full', name: 'Full', what: 'Every context size that fits, and several requests at once' },
  { mode: 'zeus', name: 'Zeus', what: 'Contexts of 131,072 and 262,144 tokens, for large machines' },
];

const OTHER = '\u0000other';

interface RunFormProps {
  readonly session: PageSession;
  readonly done: readonly Job[];
  readonly isStarting: boolean;
}

export function RunForm({ session, done, isStarting }: RunFormProps) {
  const known = useCellPart(session.status, (status) => status?.targets);
  const bounds = useCellPart(session.status, (status) => status?.extra_seconds);
  const targets = (known ?? []).filter(({ configured }) => configured);
  const [mode, setMode] = useState<Mode>('quick');
  const [target, setTarget] = useState('');
  const [url, setUrl] = useState('');
  const [model, setModel] = useState('');
  const wanted = target === OTHER ? url.trim() : target;
  const start = (event: Event) => {
    event.preventDefault();
    if (isStarting) return;
    void session.run.start({
      mode,
      target: wanted === '' ? undefined : wanted,
      model: model.trim() === '' ? undefined : model.trim(),
      isPatient: false,
    });
  };
  const whole = useEstimate({ session, done, mode, target: wanted, isConfigured: target !== OTHER });
  return (
    <form class="run-form" onSubmit={start}>
      <ModeField mode={mode} onChange={setMode} />
      <div class="fields">
        <TargetField target={target} targets={targets} onChange={setTarget} />
        {target === OTHER && (
          <>
            <label class="field">
              Address
              <input
                type="url"
                required
                placeholder="http://127.0.0.1:8080"
                value={url}
                onInput={(event) => setUrl(event.currentTarget.value)}
              />
            </label>
            <label class="field">
              Model, if it has several
              <input value={model} onInput={(event) => setModel(event.currentTarget.value)} />
            </label>
          </>
        )}
      </div>
      <div class="actions">
        <AgentButton session={session} type="submit" class="primary" data-main isBusy={isStarting}>
          {isStarting ? <span class="spinner" aria-hidden="true" /> : <Play />}
          {isStarting ? 'Starting…' : 'Run'}
        </AgentButton>
        <span class="hint">{estimateWords(whole, mode, bounds)}</span>
      </div>
    </form>
  );
}

interface ModeFieldProps {
  readonly mode: Mode;
  readonly onChange: (mode: Mode) => void;
}

function ModeField({ mode, onChange }: ModeFieldProps) {
  return (
    <fieldset class="modes">
      <legend class="visually-hidden">Mode</legend>
      {modes.map(({ mode: value, name, what }) => (
        <label key={value} class="mode">
          <input type="radio" name="mode" value={value} checked={mode === value} onChange={() => onChange(value)} />
          <span class="mode-name">{name}</span>
          <span class="mode-what">{what}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface TargetFieldProps {
  readonly target: string;
  readonly targets: AgentStatus['targets'];
  readonly onChange: (target: string) => void;
}

function TargetField({ target, targets, onChange }: TargetFieldProps) {
  return (
    <label class="field">
      Target
      <select value={target} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{targets[0] === undefined ? 'Whatever is found' : `Default (${targets[0].name})`}</option>
        {targets.map(({ name, state }) => (
          <option key={name} value={name}>
            {state === 'down' ? `${name} (down)` : name}
          </option>
        ))}
        <option value={OTHER}>Another address…</option>
      </select>
    </label>
  );
}

function Play() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d="M4 2.5v11l9-5.5z" fill="currentColor" />
    </svg>
  );
}
