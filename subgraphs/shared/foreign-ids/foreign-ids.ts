/**
 * Ids of other ministries' records. A record's own id is the same in its owner's database and in the graph; every other ministry that refers to it
 * keeps it sealed under a key of its own, so that nobody joins two ministries' databases by their ids. What stands in the graph is always the
 * record's own id; what stands in the database, its journals and its access log never is.
 */
import { kindOfId, type RecordKind } from '#schema/record-kinds.ts';
import { fieldOf } from '../records.ts';
import { bytesOf, idCipher, idsOf } from './cipher.ts';
import type { ReferenceKeys } from './keys.ts';

/** A column that holds ids of another ministry's records of a kind. The field that it is read as has its name (`case_id` is `caseId`). */
export interface ForeignColumn {
  readonly table: string;
  readonly column: string;
  readonly kind: RecordKind;
}

/** How a service keeps other ministries' ids. */
export interface ForeignIds {
  readonly columns: readonly ForeignColumn[];
  /** The fields that hold such ids. */
  readonly fields: ReadonlySet<string>;
  seal(id: string): string;
  /** An id as the service writes it down: sealed when it is of another ministry's record. */
  pseudonym(id: string): string;
  /** A digest (hexadecimal, of whole blocks of 16 bytes) of what names such ids: without the key nobody can try out which they were. */
  sealDigest(digest: string): string;
  /** A copy of a JSON value in which the fields that hold such ids, and changes of such fields, are sealed. */
  sealFields<T>(value: T): T;
  /** What the statement is given for a parameter: a {@link ForeignParameter} sealed, all else as it is. */
  parameter(value: unknown): unknown;
  /** A row as it was read, its foreign ids opened, in its JSON too. Bytes are those of ids, one after the other. */
  openRow<Row>(row: Row): Row;
}

/** Another ministry's id, or ids, among the parameters of a statement. */
export class ForeignParameter {
  readonly ids: string | readonly string[];
  constructor(ids: string | readonly string[]) {
    this.ids = ids;
  }
}

/** Marks ids of another ministry's records among the parameters of a statement; nothing stays nothing. */
export function foreign<T extends string | readonly string[] | null | undefined>(ids: T): ForeignParameter | T {
  return ids === null || ids === undefined ? ids : new ForeignParameter(ids);
}

/** The foreign ids in `columns`, kept under the current one of `keys`, without which there may be none. */
export function foreignIdsIn(columns: readonly ForeignColumn[], keys: Pick<ReferenceKeys, 'current'> | undefined): ForeignIds {
  if (columns.length === 0) return NO_FOREIGN_IDS;
  if (keys === undefined) throw new Error("expected a key for other ministries' ids (schema/subgraphs.ts says which services have one)");
  const cipher = idCipher(keys.current);
  const fields = new Set(columns.map(({ column }) => fieldOf(column)));
  const kinds = new Set<RecordKind | undefined>(columns.map(({ kind }) => kind));
  const seal = (id: string) => idsOf(cipher.seal(bytesOf([id])))[0] as string;
  const open = (id: string) => idsOf(cipher.open(bytesOf([id])))[0] as string;
  return {
    columns,
    fields,
    seal,
    pseudonym: (id) => (kinds.has(kindOfId(id)) ? seal(id) : id),
    sealDigest: (digest) => cipher.seal(Buffer.from(digest, 'hex')).toString('hex'),
    sealFields: (value) => mapFields(value, fields, seal),
    parameter: (value) => {
      if (!(value instanceof ForeignParameter)) return value;
      // Lists as text: drivers would quote every single one.
      return typeof value.ids === 'string' ? seal(value.ids) : `{${idsOf(cipher.seal(bytesOf(value.ids))).join(',')}}`;
    },
    openRow: (row) => {
      for (const [name, value] of Object.entries(row as Record<string, unknown>)) {
        const opened = fields.has(name) && value instanceof Uint8Array ? cipher.open(value) : mapField(name, value, fields, open);
        if (opened !== value) (row as Record<string, unknown>)[name] = opened;
      }
      return row;
    },
  };
}

/** A service that refers to no other ministry's records. */
export const NO_FOREIGN_IDS: ForeignIds = {
  columns: [],
  fields: new Set(),
  seal: (id) => id,
  pseudonym: (id) => id,
  sealDigest: (digest) => digest,
  sealFields: (value) => value,
  parameter: (value) => value,
  openRow: (row) => row,
};

/** A copy of a JSON value in which `map` has been applied to ids in `fields`, wherever they stand. */
export function mapFields<T>(value: T, fields: ReadonlySet<string>, map: (id: string) => string): T {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (Array.isArray(value)) return value.map((item) => mapFields(item, fields, map)) as T;
  if (!isPlain(value)) return value;
  const change = typeof value['field'] === 'string' && fields.has(value['field']) ? value['field'] : undefined;
  // A change tells the field's name apart from its values.
  const nameOf = (name: string) => (change !== undefined && (name === 'from' || name === 'to') ? change : name);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapField(nameOf(name), item, fields, map)])) as T;
}

function mapField(name: string, value: unknown, fields: ReadonlySet<string>, map: (id: string) => string): unknown {
  if (typeof value === 'string') return fields.has(name) ? map(value) : value;
  return mapFields(value, fields, map);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
