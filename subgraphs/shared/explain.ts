import { ConfigError } from './config.ts';
import { RolesMissing } from './database/roles.ts';
import { FolderLocked } from './folder-lock.ts';
import { WrongReferenceKey } from './foreign-ids/adoption.ts';

/** Codes of a server that is not there, or whose name nobody knows. */
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What keeps the subgraph `name` from its port or database and what to do about it, in one line; `undefined` for what nobody foresaw. */
export function explain(error: unknown, name: string): string | undefined {
  const { code, port, path, address, syscall, message } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  const prefix = name.toUpperCase();
  if (error instanceof ConfigError) return message.replaceAll('\n', '; ');
  if (error instanceof RolesMissing || error instanceof WrongReferenceKey) return message;
  if (error instanceof FolderLocked) return `${message}: is another ${name} running? Stop it, or set DATA_FOLDER to another folder`;
  if (code === 'EADDRINUSE') return `port ${port} is taken: stop what listens there, or set ${prefix}_PORT`;
  if (code === 'EADDRNOTAVAIL') return `${address ?? 'HOST'} is no address of this machine: set HOST`;
  if (code === 'EACCES' && syscall === 'listen') return `port ${port} may not be used by this user: set ${prefix}_PORT to one above 1023`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return `cannot write ${path ?? address ?? 'the data folder'}: make it writable, or set DATA_FOLDER to another folder`;
  if (code === 'ENOTDIR' || code === 'EEXIST') return `${path} is no folder: set DATA_FOLDER to another one`;
  if (code !== undefined && UNREACHABLE.includes(code)) return `no PostgreSQL server answers: check ${prefix}_DATABASE_URL`;
  if (code === '3D000' || code === '28P01' || code === '28000') return `PostgreSQL refuses the connection (${message}): check ${prefix}_DATABASE_URL`;
  return undefined;
}
