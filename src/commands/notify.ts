import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { ChannelSettings } from '../config/notification-channel.js';
import type { NotificationEvent } from '../notifications/event.js';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor } from './global-options.js';

interface TestFlags {
  readonly channel?: string;
}

const examples = `
Examples:
  typhon notify test
  typhon notify test --channel phone

Exit codes: 0 every channel took it, 1 one did not, 2 bad usage or configuration, 130 interrupted
`;

export const notify = {
  name: 'notify',
  register(program: Command, context: CommandContext): void {
    const group = program
      .command('notify')
      .description('look after the channels that the agent tells what happened')
      .addHelpText('after', examples);
    group
      .command('test')
      .description('send a test message to every configured channel, once each')
      .option('--channel <name>', 'to this channel alone')
      .addHelpText('after', examples)
      .action((flags: TestFlags, command: Command) => sendTests(flags, command, context));
  },
} as const satisfies CommandDefinition;

async function sendTests({ channel }: TestFlags, command: Command, context: CommandContext): Promise<void> {
  const { config } = await configFor(command, context);
  const channels = chosen(config.notifications, channel);
  const signal = context.interruptSignal();
  const event: NotificationEvent = {
    event: 'test',
    id: `test:${randomUUID()}`,
    at: context.now().toISOString(),
    machine: hostname(),
  };
  // All at once: one that hangs takes its timeout, and the others are not to wait for it.
  const outcomes = channels.map((settings) => outcomeOf(settings, event, { now: context.now, signal }));
  let failed = 0;
  for (const outcome of outcomes) {
    const { line, sent } = await outcome;
    if (!sent) failed += 1;
    context.stdout.write(`${line}\n`);
  }
  if (signal.aborted) throw new CommandFailure(130, '');
  if (failed > 0) throw new CommandFailure(1, '');
}

/** Throws `CommandFailure` where there is none. */
function chosen(channels: readonly ChannelSettings[], name: string | undefined): readonly ChannelSettings[] {
  if (channels.length === 0) {
    throw new CommandFailure(2, 'No notifications are configured. docs/notifications.md shows how.');
  }
  if (name === undefined) return channels;
  const found = channels.filter((settings) => settings.name === name);
  if (found.length > 0) return found;
  const names = channels.map((settings) => settings.name).join(', ');
  throw new CommandFailure(2, `There is no channel named ${name}. Configured are: ${names}.`);
}

interface Sending {
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

async function outcomeOf(settings: ChannelSettings, event: NotificationEvent, { now, signal }: Sending) {
  const { attempt } = await import('../notifications/attempt.js');
  const { DeliveryFailure } = await import('../notifications/delivery-failure.js');
  const { systemClock } = await import('../shared/clock.js');
  const clock = systemClock(() => now().getTime());
  const who = `${settings.name} (${settings.kind})`;
  try {
    await attempt(settings, event, { fetch: (url, request) => fetch(url, request), clock, signal });
    return { line: `${who}: sent`, sent: true };
  } catch (error) {
    if (signal.aborted) return { line: `${who}: interrupted`, sent: false };
    if (error instanceof DeliveryFailure) return { line: `${who}: not sent, it ${error.message}`, sent: false };
    throw error;
  }
}
