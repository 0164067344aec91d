/**
 * Places for connections. Idle ones give way: somebody who opens hundreds and says nothing shuts nobody out. A few
 * places beyond those for everybody are kept for whoever watches the agent.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface PlaceLimits {
  readonly forEverybody: number;
  /** For requests that {@link ConnectionPlaces.isReserved} names. */
  readonly reserved: number;
}

interface Place {
  /** Requests whose answer has not ended. */
  underWay: number;
  readonly isReserved: boolean;
}

export class ConnectionPlaces {
  /** In the order in which they became idle, busy ones wherever they were. */
  readonly #places = new Map<Duplex, Place>();
  readonly #limits: PlaceLimits;

  constructor(server: Server, limits: PlaceLimits) {
    this.#limits = limits;
    server.on('connection', (socket: Socket) => this.#enter(socket));
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

  #enter(socket: Socket): void {
    // A request whose offered upgrade is ignored is given to the server once more, on the place that it has.
    const known = this.#places.get(socket);
    if (known !== undefined) {
      known.underWay = 0;
      return;
    }
    const { forEverybody, reserved } = this.#limits;
    const isFull = this.#places.size >= forEverybody && !this.#evict();
    if (this.#places.size >= forEverybody + reserved) {
      socket.destroy();
      return;
    }
    this.#places.set(socket, { underWay: 0, isReserved: isFull });
    socket.once('close', () => this.#places.delete(socket));
  }

  /** Ends the connection that has been idle longest. */
  #evict(): boolean {
    for (const [connection, { underWay }] of this.#places) {
      if (underWay > 0) continue;
      this.#places.delete(connection);
      connection.destroy();
      return true;
    }
    return false;
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
