import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** One place to connect to. */
export interface DialTarget {
  /** An IP address, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** The name that the certificate must be of; absent where the host is an IP address. */
  readonly servername: string | undefined;
}

/** Makes the connection to one IP address that has been checked; ready to be written to. */
export type Dial = (target: DialTarget, signal: AbortSignal) => Promise<Socket>;

/** TCP, and TLS over it. @throws what the system threw, or the reason of the signal. */
export const dialDirectly: Dial = ({ address, port, isSecure, servername }, signal) =>
  new Promise((resolve, reject) => {
    const named = servername === undefined ? {} : { servername };
    const socket = isSecure
      ? connectTls({ host: address, port, ALPNProtocols: ['http/1.1'], ...named })
      : connectTcp({ host: address, port });
    const stop = () => socket.destroy(signal.reason);
    const settle = () => {
      signal.removeEventListener('abort', stop);
      socket.off('error', fail);
    };
    const fail = (error: Error) => {
      settle();
      // what else a socket that is given up has to say is nobody's
      socket.on('error', () => undefined);
      reject(error);
    };
    socket.once('error', fail);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
