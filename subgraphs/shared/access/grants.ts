/**
 * What a ministry grants other agencies of its own service: a file that it owns and reviews (`subgraphs/<name>/grants.json`). The gateway says who
 * asks and what their roles allow; this narrows it, and nothing that the gateway says widens it. The file is read again while the service runs.
 */
import { readFileSync, statSync } from 'node:fs';
import { isPurpose, isScope, PURPOSES, type Purpose, type Scope, SCOPES } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import type { Logger } from 'pino';

/** One grant. */
export interface Grant {
  /** The agency's id; `*`: everybody, also who asks for no agency. */
  readonly agency: string;
  /** For which purposes; `*`: for any, also when none is said. */
  readonly purposes: readonly Purpose[] | '*';
  readonly scopes: readonly Scope[];
  /** Which fields, as `Type.field`, `Type.*` or `*`. */
  readonly fields: readonly string[];
  /** Whether all records of the service, or only those that are the agency's own or handed over to it. */
  readonly records: 'own' | 'all';
}

/** A ministry's grants, and the agencies that it grants nothing whatever they say. */
export interface Grants {
  readonly grants: readonly Grant[];
  readonly revoked: readonly string[];
}

/** What is granted to a caller. */
export interface Granted {
  /** The caller with those scopes that are granted. */
  readonly caller: Caller;
  /** Whether all records of the service may be seen. */
  readonly all: boolean;
  /** Whether the field `Type.field` may be read. */
  field(coordinate: string): boolean;
}

/** A grants file that is none; `message` has one line for every fault. */
export class GrantsError extends Error {}

/** How long a file is taken to be what it was; in milliseconds. With what a hop token lives, a revocation holds within a minute. */
const REREAD_MS = 5_000;

/**
 * The grants in `file`, as they are now.
 * @returns tells what is granted to a caller. A file that has become unreadable changes nothing and is told of in the log: a slip of the pen
 *   must neither open the service nor close it.
 * @throws GrantsError when the file cannot be read at first.
 */
export function openGrants(file: string, log: Logger): (caller: Caller) => Granted {
  let known = readGrants(file);
  let version = versionOf(file);
  let checked = performance.now();
  return (caller) => {
    if (performance.now() - checked > REREAD_MS) {
      checked = performance.now();
      try {
        const now = versionOf(file);
        if (now !== version) {
          known = readGrants(file);
          version = now;
          log.info({ file, revoked: known.revoked }, 'the grants were read again');
        }
      } catch (error) {
        log.error({ file, reason: (error as Error).message }, 'the grants cannot be read: those of before still hold');
      }
    }
    return grantedTo(known, caller);
  };
}

/** What `grants` give the caller: of the scopes that the caller brings, those that a grant for its agency and purpose names. */
export function grantedTo({ grants, revoked }: Grants, caller: Caller): Granted {
  const { agency, purpose } = caller;
  const isRevoked = agency !== null && revoked.includes(agency);
  const own = isRevoked ? [] : grants.filter((grant) => (grant.agency === '*' || grant.agency === agency) && isFor(grant, purpose));
  const scopes = caller.scopes.filter((scope) => own.some((grant) => grant.scopes.includes(scope)));
  const fields = new Set(own.filter((grant) => grant.scopes.some((scope) => scopes.includes(scope))).flatMap((grant) => grant.fields));
  return {
    caller: { ...caller, scopes },
    all: own.some((grant) => grant.records === 'all' && grant.scopes.some((scope) => scopes.includes(scope))),
    field: (coordinate) => fields.has('*') || fields.has(coordinate) || fields.has(`${coordinate.split('.')[0]}.*`),
  };
}

/** @throws GrantsError naming everything that is wrong in the file. */
export function readGrants(file: string): Grants {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new GrantsError(`${file}: expected a JSON file of grants: ${(error as Error).message}`, { cause: error });
  }
  const faults: string[] = [];
  const grants = parseGrants(content, (place, expected) => faults.push(`${file}: ${place}: expected ${expected}`));
  if (faults.length > 0) throw new GrantsError(faults.join('\n'));
  return grants;
}

function parseGrants(content: unknown, fault: (place: string, expected: string) => void): Grants {
  const { grants, revoked = [], ...others } = isObject(content) ? content : {};
  for (const name of Object.keys(others)) if (name !== 'about') fault(name, 'about, grants or revoked');
  if (!Array.isArray(grants)) fault('grants', 'a list');
  if (!isTexts(revoked)) fault('revoked', 'a list of agencies');
  const parsed = (Array.isArray(grants) ? grants : []).map((grant: unknown, index): Grant => {
    const { agency, purposes, scopes, fields = ['*'], records = 'own', ...rest } = isObject(grant) ? grant : {};
    const place = (name: string) => `grants[${index}].${name}`;
    for (const name of Object.keys(rest)) if (name !== 'why') fault(place(name), 'agency, purposes, scopes, fields, records or why');
    if (agency !== '*' && !(typeof agency === 'string' && isDimensionId(agency))) fault(place('agency'), 'the id of an agency, or *');
    if (purposes !== '*' && !(isTexts(purposes) && purposes.every(isPurpose))) fault(place('purposes'), `* or some of ${Object.keys(PURPOSES).join(', ')}`);
    if (!(isTexts(scopes) && scopes.every(isScope))) fault(place('scopes'), `some of ${Object.keys(SCOPES).join(', ')}`);
    if (!(isTexts(fields) && fields.every((field) => /^(\*|[A-Za-z]\w*\.(\*|[A-Za-z]\w*))$/.test(field)))) fault(place('fields'), 'Type.field, Type.* or *');
    if (records !== 'own' && records !== 'all') fault(place('records'), 'own or all');
    return { agency, purposes, scopes, fields, records } as Grant;
  });
  return { grants: parsed, revoked: revoked as string[] };
}

function isFor({ purposes }: Grant, purpose: Purpose | null): boolean {
  return purposes === '*' || (purpose !== null && purposes.includes(purpose));
}

function versionOf(file: string): string {
  const { mtimeMs, size, ino } = statSync(file);
  return `${mtimeMs} ${size} ${ino}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}
