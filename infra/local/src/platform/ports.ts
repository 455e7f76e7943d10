import { createServer } from 'node:net';
import { ExpectedError } from './expected-error.ts';
import { SERVICES, type ServiceName } from './services.ts';

export const HOST = '127.0.0.1';
const ADMIN_OFFSET = 100;
const DATABASE_OFFSET = 50;

/** Ports that browsers and `fetch` refuse to connect to (the Fetch standard, "bad port"), of those above 1023. */
const REFUSED_BY_BROWSERS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

/** Where everything listens: the gateway at the base, services at base + 1 to 5, admin ports 100 above. */
export interface Ports {
  readonly gateway: number;
  readonly database: number;
  readonly services: Readonly<Record<ServiceName, { readonly port: number; readonly adminPort: number }>>;
}

/** @throws {ExpectedError} when PORT_BASE is no usable port number. */
export function portsFrom(portBase: string | undefined): Ports {
  const base = Number(portBase === undefined || portBase === '' ? 4000 : portBase);
  if (!Number.isInteger(base) || base < 1024 || base > 65_000) {
    throw new ExpectedError(`PORT_BASE must be a number from 1024 to 65000, not "${portBase}"`);
  }
  const services = Object.fromEntries(
    SERVICES.map((name, index) => {
      const port = base + 1 + index;
      return [name, { port, adminPort: port + ADMIN_OFFSET }];
    }),
    // every service name is a key: SERVICES is the list of them
  ) as Ports['services'];
  const used = [base, ...Object.values(services).flatMap(({ port, adminPort }) => [port, adminPort])];
  const refused = used.find((port) => REFUSED_BY_BROWSERS.has(port));
  if (refused !== undefined) {
    throw new ExpectedError(
      `PORT_BASE=${base} would use port ${refused}, which browsers refuse to open: choose another, such as 5000`,
    );
  }
  return { gateway: base, database: base + DATABASE_OFFSET, services };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/** @throws {ExpectedError} naming every port that something else listens on. */
export async function checkPortsFree(ports: Ports): Promise<void> {
  const wanted: [string, number][] = [
    ['gateway', ports.gateway],
    ['database', ports.database],
    ...Object.entries(ports.services).flatMap(([name, { port, adminPort }]): [string, number][] => [
      [name, port],
      [`${name} (admin)`, adminPort],
    ]),
  ];
  const taken: string[] = [];
  for (const [name, port] of wanted) {
    if (!(await isFree(port))) taken.push(`port ${port} (${name})`);
  }
  if (taken.length === 0) return;
  const verb = taken.length === 1 ? 'is' : 'are';
  throw new ExpectedError(
    `${taken.join(', ')} ${verb} already in use on ${HOST}.\n` +
      'Stop the other program, or choose other ports: PORT_BASE=5000 npm start',
  );
}
