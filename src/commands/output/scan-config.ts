/** A configuration that would measure what a scan has found, as the text of its file. */
import { defaults } from '../../config/defaults.js';
import type { FoundServer, Survey } from '../../servers/survey.js';

/** `undefined` where no server was found. Keys of servers are never written. */
export function scanConfig({ servers }: Survey): string | undefined {
  const found = servers.filter((server) => server.state === 'found');
  if (found.length === 0) return undefined;
  const { name, cron, jitter } = defaults.builtInSchedule;
  return [
    '# Written by typhon scan. Every other key, with its default: config/typhon.yaml, docs.',
    'targets:',
    ...found.flatMap((server, index) => targetLines(server, nameOf(server, found.slice(0, index)))),
    '',
    '# All of them, every six hours, unless somebody else uses the server or the GPU just then.',
    'schedules:',
    `  - name: ${name}`,
    `    cron: "${cron}"`,
    `    timezone: ${defaults.scheduleTimezone}`,
    `    mode: ${defaults.scheduleMode}`,
    `    targets: ${defaults.scheduleTargets}`,
    `    jitter: ${jitter}`,
    `    when_busy: ${defaults.scheduleWhenBusy}`,
    '',
  ].join('\n');
}

function targetLines(server: FoundServer, name: string): string[] {
  const { api_base: url, models, no_model: noModel } = server;
  const ids = models.map(({ id }) => id);
  return [
    `  - name: ${JSON.stringify(name)}`,
    `    url: ${JSON.stringify(url)}   # ${oneLine([server.name, server.version].filter((part) => part !== null).join(' '))}`,
    ...(noModel === null ? [] : [`    # ${oneLine(noModel)}`]),
    '    models: auto   # the one that is loaded; all, or a list of names, measures others too',
    ...(ids.length === 0 ? [] : [`    # It has ${oneLine(ids.join(', '))}.`]),
    '    # api_key: ${LLM_KEY}   # where the server asks for one',
  ];
}

/** Its name in the configuration, else its kind, with the port where that is taken. */
function nameOf({ target, kind, api_base: url }: FoundServer, before: readonly FoundServer[]): string {
  if (target !== null) return target;
  const isTaken = before.some((other) => (other.target ?? other.kind) === kind);
  return isTaken ? `${kind}-${new URL(url).port || new URL(url).hostname}` : kind;
}

/** What servers say of themselves must not end the comment that it stands in. */
function oneLine(words: string): string {
  return words.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, 200);
}
