import { constants } from 'node:fs';
import { access, appendFile, mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Service, StackFault } from './service.ts';

/**
 * Makes the folders that are missing, and tries to write there.
 * @throws StackFault when one of them cannot be written.
 */
export async function checkFolders(dataFolder: string, logFolder: string, services: readonly Service[]): Promise<void> {
  let tried = dataFolder;
  try {
    await mkdir(dataFolder, { recursive: true });
    const existing = new Set(await readdir(dataFolder));
    await access(dataFolder, constants.W_OK | constants.X_OK);
    for (const { name } of services) {
      tried = join(dataFolder, name);
      if (existing.has(name)) await access(tried, constants.W_OK | constants.X_OK);
    }
    tried = logFolder;
    await mkdir(logFolder, { recursive: true });
    for (const { name } of services) {
      tried = logFile(logFolder, name);
      await appendFile(tried, '');
    }
  } catch (error) {
    throw new StackFault(`cannot write ${tried} (${whatIsWrong(error)}): make it writable, or set DATA_FOLDER to another folder`);
  }
}

/** Where a service's log is written. */
export function logFile(logFolder: string, name: string): string {
  return join(logFolder, `${name}.log`);
}

/**
 * Tries every service's port.
 * @throws StackFault naming each service whose port cannot be had, and the variable that changes it.
 */
export async function checkPorts(services: readonly Service[]): Promise<void> {
  const found = await Promise.all(services.map(async (service) => ({ service, code: await tryPort(service) })));
  const faults: string[] = [];
  const taken = found.filter(({ code }) => code === 'EADDRINUSE').map(({ service }) => service);
  if (taken.length > 0) faults.push(portsTaken(taken, services.length));
  for (const { service, code } of found) {
    if (code === 'EACCES') faults.push(`${service.name} may not use port ${service.port}: set ${service.portVariable} to 1024 or more`);
    else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StackFault(`${service.host} is not an address of this machine: set HOST, for example to 127.0.0.1`);
    } else if (code !== undefined && code !== 'EADDRINUSE')
      faults.push(`${service.name} cannot use port ${service.port} (${code}): set ${service.portVariable}`);
  }
  if (faults.length > 0) throw new StackFault(faults.join('; '));
}

function portsTaken(taken: readonly Service[], all: number): string {
  const [first] = taken;
  if (first !== undefined && taken.length === 1)
    return `port ${first.port} of ${first.name} is taken: stop what listens there, or set ${first.portVariable} to another port`;
  const list = taken.map(({ name, port, portVariable }) => `${port} (${name}, ${portVariable})`).join(', ');
  const guess = taken.length === all ? 'does another npm start run? Stop it' : 'stop what listens there';
  return `ports ${list} are taken: ${guess}, or set these variables to other ports`;
}

/** The error code with which the port cannot be had; `undefined` when it is free. */
async function tryPort(service: Service): Promise<string | undefined> {
  const code = await bind(service.host, service.port);
  if (code !== undefined || service.host !== '127.0.0.1') return code;
  // Browsers try ::1 first for "localhost": a stranger who listens only there would answer in the service's place.
  return (await bind('::1', service.port)) === 'EADDRINUSE' ? 'EADDRINUSE' : undefined;
}

function bind(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function whatIsWrong(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file is where a folder is expected';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
