/** Identities from a CSV: `source` and `externalId` of the person (or the id instead of the latter), name, birthDate, identityNumber. */
import { CsvError, type CsvRow, openCsv } from '#shared/import/csv.ts';
import { kindOfId } from '#schema/record-kinds.ts';
import { recordId } from '#shared/record-id.ts';
import { IDENTITY_FIELDS, type Identity, readIdentity } from './person.ts';
import { recordIdentities, type Vault } from './vault.ts';

/** What is wrong with a row, without any of its values. `line` is where it begins, from 1. */
export interface IdentityRowFault {
  readonly line: number;
  readonly column: string;
  readonly expected: string;
}

/** What an import did. */
export interface IdentityImport {
  readonly rows: number;
  readonly recorded: number;
  readonly bad: number;
}

const COLUMNS = ['source', 'externalId', ...IDENTITY_FIELDS] as const;
const REQUIRED = ['externalId'] as const;
/** As in imports of the persons themselves. */
const USUAL_SOURCE = 'import';

/** Rows that are written in one transaction. */
const BATCH = 500;

/**
 * Records the good rows, batch by batch, and tells of the bad ones. A file that was interrupted may be imported again.
 * @throws CsvError when the file as a whole cannot be read; the batches before stay.
 */
export async function importIdentities(
  vault: Vault,
  recordIdKey: string,
  input: AsyncIterable<Uint8Array | string>,
  onFault: (fault: IdentityRowFault) => void,
  onProgress: (done: IdentityImport) => void = () => undefined,
): Promise<IdentityImport> {
  const csv = await openCsv(input);
  const places = columnPlaces(csv.header);
  const seen = new Map<string, number>();
  let done: IdentityImport = { rows: 0, recorded: 0, bad: 0 };
  for await (const { rows } of csv.batches) {
    for (let from = 0; from < rows.length; from += BATCH) {
      const batch = rows.slice(from, from + BATCH);
      const faults: IdentityRowFault[] = [];
      const good = new Map<string, { line: number; identity: Identity }>();
      for (const row of batch) {
        const read = readRow(row, csv.header.length, places, recordIdKey, seen);
        if (Array.isArray(read)) faults.push(...read);
        else good.set(read.victimId, { line: row.line, identity: read.identity });
      }
      const recorded = await recordIdentities(vault, new Map([...good].map(([victimId, { identity }]) => [victimId, identity])), 'import');
      for (const [victimId, { line }] of good) {
        if (!recorded.has(victimId)) faults.push({ line, column: 'externalId', expected: 'a person whom this agency has registered' });
      }
      for (const fault of faults.sort((a, b) => a.line - b.line)) onFault(fault);
      const bad = new Set(faults.map(({ line }) => line)).size;
      done = { rows: done.rows + batch.length, recorded: done.recorded + recorded.size, bad: done.bad + bad };
      onProgress(done);
    }
  }
  return done;
}

/** Where each column stands. */
function columnPlaces(header: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map(COLUMNS.map((name) => [name as string, header.indexOf(name)] as const).filter(([, place]) => place !== -1));
  const missing = REQUIRED.filter((name) => !places.has(name));
  if (missing.length > 0 || places.size !== header.length) {
    // What stands there instead is not repeated: a file without a header begins with a person.
    throw new CsvError(`line 1: expected the columns ${COLUMNS.join(', ')}, each at most once, ${REQUIRED.join(' and ')} among them`);
  }
  return places;
}

function readRow(
  { line, cells, expected }: CsvRow,
  width: number,
  places: ReadonlyMap<string, number>,
  recordIdKey: string,
  seen: Map<string, number>,
): { readonly victimId: string; readonly identity: Identity } | IdentityRowFault[] {
  if (expected !== undefined) return [{ line, column: '', expected }];
  if (cells.length !== width) return [{ line, column: '', expected: `${width} cells, as in the first line` }];
  const cell = (name: string) => cells[places.get(name) ?? -1] ?? '';
  const missing = REQUIRED.filter((name) => cell(name).trim() === '');
  if (missing.length > 0) return missing.map((column) => ({ line, column, expected: 'a value' }));
  const identity = readIdentity(Object.fromEntries(IDENTITY_FIELDS.map((field) => [field, cell(field)])));
  if (Array.isArray(identity)) return identity.map(({ field, expected: form }) => ({ line, column: field, expected: form }));
  const externalId = cell('externalId').trim();
  const isId = kindOfId(externalId) === 'victim';
  const victimId = isId ? externalId.toLowerCase() : recordId(recordIdKey, 'victim', cell('source').trim() || USUAL_SOURCE, externalId);
  const before = seen.get(victimId);
  if (before !== undefined) return [{ line, column: 'externalId', expected: `each person once; the one of line ${before} comes again` }];
  seen.set(victimId, line);
  return { victimId, identity };
}
