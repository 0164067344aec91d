/** Which model a server was started with, where its answers do not tell and its process can be seen. */
import { portOf } from './api-base.js';
import { isLocal, type LocalMachine } from './local-address.js';
import { serverFamilies } from './registry.js';
import type { ServerFamily, ServerIdentity } from './server-family.js';

/** The identity, with the model's name where it can be found out. */
export async function withStartedModel(identity: ServerIdentity, machine: LocalMachine): Promise<ServerIdentity> {
  const family: ServerFamily = serverFamilies[identity.kind];
  if (family.modelIn === undefined || machine.commandOf === undefined) return identity;
  if (!isLocal(identity.apiBase, machine)) return identity;
  const command = await machine.commandOf(portOf(identity.apiBase));
  const startedModel = command && family.modelIn(command);
  return startedModel === undefined ? identity : { ...identity, startedModel };
}
