import { useState } from 'preact/hooks';
import type { ConfigurationAnswer } from '../../api/routes/configuration.js';
import type { AgentStatus } from '../../api/routes/status.js';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { SchedulesCard } from '../overview/schedules-card.js';
import { Facts } from '../ui/facts.js';
import { localTime } from '../ui/times.js';
import { useAddress } from '../ui/use-address.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { RunSchedules } from './run-schedules.js';

/** What is configured and where that comes from, and whether what it names works. It alters nothing. */
export function SettingsView({ session }: { readonly session: PageSession }) {
  const startedAt = useCellPart(session.status, (status) => status?.started_at);
  const changes = useCell(session.changes);
  const { value, problem } = useAnswer(
    () => session.client.get<ConfigurationAnswer>('configuration'),
    [changes, startedAt],
  );
  return (
    <div class="columns">
      <div class="column">
        <section class="card" aria-labelledby="settings-title">
          <h2 id="settings-title">Settings in force</h2>
          {value === undefined ? <p class="empty">{problem ?? 'Loading…'}</p> : <Configuration configuration={value} />}
        </section>
      </div>
      <aside class="column side" aria-label="Whether it works">
        <RunSchedules session={session} />
        <SchedulesCard session={session} />
        {value !== undefined && <Channels session={session} channels={value.channels} />}
        <Collectors session={session} />
        <Version session={session} />
      </aside>
    </div>
  );
}

const sourceWords = {
  flag: 'flag',
  environment: 'environment',
  file: 'file',
  default: 'default',
  unknown: '',
} as const;

function Configuration({ configuration: { file, settings } }: { readonly configuration: ConfigurationAnswer }) {
  const { choices, choose } = useAddress();
  const isAll = choices.get('defaults') === 'yes';
  const given = settings.filter(({ source }) => source !== 'default');
  const shown = isAll ? settings : given;
  return (
    <>
      <p class="hint">
        {file === null ? 'There is no configuration file: ' : `${file} was read: `}
        {given.length} of {settings.length} values are given, the rest are defaults. Nothing can be altered here: change
        the file, then <code>POST /-/reload</code> or SIGHUP.
      </p>
      <div class="actions">
        <button type="button" aria-pressed={isAll} onClick={() => choose({ defaults: isAll ? undefined : 'yes' })}>
          Show the defaults too
        </button>
      </div>
      {shown.length > 0 && (
        <section class="scroll" tabIndex={0} aria-label="Settings and where they come from">
          <table class="settings">
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col">Value</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ path, value, source, origin }) => (
                <tr key={path}>
                  <th scope="row">
                    <code>{path}</code>
                  </th>
                  <td class="what">{value ?? <span class="hint">not set</span>}</td>
                  <td class="what">
                    {sourceWords[source]}
                    {origin !== null && <span class="hint"> {origin}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

interface ChannelsProps {
  readonly session: PageSession;
  readonly channels: ConfigurationAnswer['channels'];
}

function Channels({ session, channels }: ChannelsProps) {
  const [outcome, setOutcome] = useState('');
  const test = async (name: string) => {
    setOutcome(`Asking ${name}…`);
    try {
      const path = `notifications/${encodeURIComponent(name)}/test`;
      const { sent, problem } = await session.client.send<{ sent: boolean; problem: string | null }>('POST', path);
      setOutcome(sent ? `${name} took the test message.` : `Not sent: ${problem ?? name}`);
    } catch (error) {
      setOutcome(`Not sent: ${wordsOf(error)}`);
    }
  };
  return (
    <section class="card" aria-labelledby="channels-title">
      <h2 id="channels-title">Who is told</h2>
      {channels.length === 0 && (
        <p class="empty">
          Nobody: the configuration has no <code>notifications</code>.
        </p>
      )}
      <ul class="plain">
        {channels.map(({ name, kind }) => (
          <li key={name} class="meter-line">
            <span>
              <strong>{name}</strong> <span class="hint">{kind}</span>
            </span>
            <AgentButton session={session} aria-label={`Test channel ${name}`} onPress={() => void test(name)}>
              Test
            </AgentButton>
          </li>
        ))}
      </ul>
      <p role="status" class="hint">
        {outcome}
      </p>
    </section>
  );
}

function Collectors({ session }: { readonly session: PageSession }) {
  const health = useCellPart(session.newest, (status) => status?.gpu_health);
  return (
    <section class="card" aria-labelledby="collectors-title">
      <h2 id="collectors-title">GPU readings</h2>
      {health?.collectors.length === 0 && <p class="empty">No GPU of this machine can be read.</p>}
      <Facts facts={(health?.collectors ?? []).map((one) => [one.vendor, collectorWords(one)] as const)} narrow />
      {health !== undefined && health.expected > 0 && (
        <p class="hint">
          {health.seen ?? 'It is not known how many'} of {health.expected} GPUs answer.
        </p>
      )}
      {health?.problems.map((problem) => (
        <p key={problem} class="worse">
          {problem}
        </p>
      ))}
    </section>
  );
}

type Collector = AgentStatus['gpu_health']['collectors'][number];

function collectorWords({ up, last_success: last, failures }: Collector): string {
  const failed = failures === 0 ? '' : `, failed ${failures} times`;
  if (up === null) return 'the first reading is on its way';
  if (up) return `readings come${failed}`;
  return last === null ? `never read${failed}` : `no reading since ${localTime(last)}${failed}`;
}

function Version({ session }: { readonly session: PageSession }) {
  const version = useCellPart(session.status, (status) => status?.version);
  const startedAt = useCellPart(session.status, (status) => status?.started_at);
  return (
    <section class="card" aria-labelledby="version-title">
      <h2 id="version-title">Version</h2>
      <p>{startedAt === undefined ? 'Not known.' : `typhon ${version}, up since ${localTime(startedAt)}`}</p>
      <p class="hint">
        The next one comes from where this one came: <code>npm install --global typhon-exporter@latest</code>,{' '}
        <code>docker compose pull</code>, or the newer package. Typhon itself asks nobody.
      </p>
    </section>
  );
}
