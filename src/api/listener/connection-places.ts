/**
 * Places for connections. Idle ones give way: somebody who opens hundreds and says nothing shuts nobody out. A few
 * places beyond those for everybody are kept for whoever watches the agent.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

export interface PlaceLimits {
  readonly forEverybody: number;
  /** For requests that {@link ConnectionPlaces.isReserved} names. */
  readonly reserved: number;
}

interface Place {
  /** Requests whose answer has not ended. */
  underWay: number;
  readonly isReserved: boolean;
  /** Where the client is; an encrypted connection has that of the one below. */
  readonly end: string;
}

export class ConnectionPlaces {
  /** In the order in which they became idle, busy ones wherever they were. */
  readonly #places = new Map<Duplex, Place>();
  readonly #limits: PlaceLimits;

  constructor(server: Server, limits: PlaceLimits) {
    this.#limits = limits;
    server.on('connection', (socket: Socket) => this.#enter(socket));
    // Requests come under the encrypted connection, which lies on the one that has entered.
    server.prependListener('secureConnection', (socket: TLSSocket) => this.#encrypt(socket));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
    // It leaves the server's parser for good.
    server.on('upgrade', (request: IncomingMessage) => this.#count(request.socket, 1));
  }

  /** Whether the connection sits on a place that is kept for whoever watches the agent. */
  isReserved(connection: Duplex): boolean {
    return this.#places.get(connection)?.isReserved ?? false;
  }

  /** Ends every connection, also those on which nothing was asked yet. */
  endAll(): void {
    for (const connection of [...this.#places.keys()]) connection.destroy();
  }

  #encrypt(socket: TLSSocket): void {
    const known = this.#places.get(socket);
    if (known !== undefined) {
      known.underWay = 0;
      return;
    }
    const end = endOf(socket);
    for (const [connection, place] of this.#places) {
      if (place.end !== end) continue;
      this.#places.delete(connection);
      this.#places.set(socket, place);
      socket.once('close', () => this.#places.delete(socket));
      return;
    }
    // It has given way while it agreed on a key.
    socket.destroy();
  }

  #enter(socket: Socket): void {
    // A request whose offered upgrade is ignored is given to the server once more, on the place that it has.
    const known = this.#places.get(socket);
    if (known !== undefined) {
      known.underWay = 0;
      return;
    }
    const { forEverybody, reserved } = this.#limits;
    const isReserved = !this.#hasRoom(false, forEverybody);
    if (isReserved && !this.#hasRoom(true, reserved)) {
      socket.destroy();
      return;
    }
    this.#places.set(socket, { underWay: 0, isReserved, end: endOf(socket) });
    socket.once('close', () => this.#places.delete(socket));
  }

  /** Whether one of the places of a kind is free, or becomes so by ending the connection there that is idle longest. */
  #hasRoom(isReserved: boolean, limit: number): boolean {
    const taken = [...this.#places].filter(([, place]) => place.isReserved === isReserved);
    if (taken.length < limit) return true;
    const [idle] = taken.find(([, { underWay }]) => underWay === 0) ?? [];
    if (idle === undefined) return false;
    this.#places.delete(idle);
    idle.destroy();
    return true;
  }

  #count(connection: Duplex, change: 1 | -1): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    place.underWay += change;
    if (place.underWay > 0) return;
    this.#places.delete(connection);
    this.#places.set(connection, place);
  }
}

function endOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
