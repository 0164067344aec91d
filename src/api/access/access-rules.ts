import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/schema.js';
import { PLAIN_WEB, type WebConfig } from '../../config/web-config.js';
import { ExpectedError } from '../../shared/expected-error.js';
import type { AccessRules } from './access.js';
import { PasswordCheck } from './password-check.js';

/** The token file cannot be used. */
export class TokenFileError extends ExpectedError {
  override readonly name = 'TokenFileError';
  readonly code = 'token_file';
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** The rules that a configuration asks for; reads the token file. Throws `TokenFileError`. */
export async function accessRulesOf(
  { auth, ...web }: Pick<Config['web'], 'listenAddress' | 'auth' | 'allowedHosts'>,
  ownHostName: string,
  { users }: Pick<WebConfig, 'users'> = PLAIN_WEB,
): Promise<AccessRules> {
  return {
    token: auth === undefined ? undefined : await tokenOf(auth.bearerToken),
    protect: auth?.protect ?? 'changes',
    passwords: users.size === 0 ? undefined : new PasswordCheck({ users }),
    loopbackOnly: LOOPBACK.test(web.listenAddress.host ?? ''),
    hostNames: [ownHostName.toLowerCase(), ...web.allowedHosts],
  };
}

type BearerToken = NonNullable<Config['web']['auth']>['bearerToken'];

/** The token itself. Throws `TokenFileError`. */
export async function tokenOf(source: BearerToken): Promise<string> {
  if (source.source === 'inline') return source.token;
  let text: string;
  try {
    text = await readFile(source.path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TokenFileError(`web.auth.bearer_token_file: cannot read ${source.path}: ${why}`, { cause });
  }
  const token = text.trim();
  if (token !== '' && !/\s/.test(token)) return token;
  throw new TokenFileError(`web.auth.bearer_token_file: ${source.path} holds no token: expected one word on one line`);
}
