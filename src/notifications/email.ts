/** E-mail over SMTP by nodemailer, which is loaded with the first message: most agents never send one. */
import { createHash } from 'node:crypto';
import type { SettingsOf } from '../config/notification-channel.js';
import type { ChannelDefinition } from './channel.js';
import { DeliveryFailure, type Retry } from './delivery-failure.js';
import { messageOf } from './message.js';

export const email: ChannelDefinition<SettingsOf<'email'>> = {
  async deliver({ host, port, security, login, from, to, timeoutMs }, event, { signal }) {
    const { title, text } = messageOf(event);
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await transport.sendMail({ from, to: [...to], subject: title, text, messageId: messageIdOf(event.id), signal });
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error);
    } finally {
      transport.close();
    }
  },
};

/** The same for every attempt, so that mailboxes recognise a repetition. */
function messageIdOf(eventId: string): string {
  return `<${createHash('sha256').update(eventId).digest('hex').slice(0, 32)}@typhon>`;
}

/** RFC 5321, 4.2.1: 5yz is for good; but 503 says that the session, not the message, was wrong. */
function retryOf(responseCode: number): Retry {
  return responseCode >= 500 && responseCode !== 503 ? { kind: 'never' } : { kind: 'later' };
}

// nodemailer's codes, with what the server's reply was to.
const refusals: Readonly<Record<string, string>> = {
  EAUTH: 'refused the sign-in with',
  ETLS: 'refused the encryption with',
};

/** Codes alone: a server's reply may quote what it was sent. */
function failureOf(error: unknown): DeliveryFailure {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  if (typeof responseCode === 'number') {
    return new DeliveryFailure(`${refusals[String(code)] ?? 'answered'} ${responseCode}`, {
      code: 'refused',
      retry: retryOf(responseCode),
    });
  }
  const reason = typeof code === 'string' ? code : 'no connection';
  return new DeliveryFailure(`could not be reached (${reason})`, { code: 'unreachable', retry: { kind: 'later' } });
}
