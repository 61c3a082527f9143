/**
 * What a CSV of one kind of records may hold, and which table it goes into. Specs are data: the importer, `npm run import -- <records>
 * --columns` and the documentation all read the same ones. Columns are made by the functions of columns.ts.
 */

import type { RecordKind } from '#schema/record-kinds.ts';
import type { ForeignIds } from '../foreign-ids/foreign-ids.ts';

/** Given to a column's parser: what it may need besides the cell. */
export interface ParseContext {
  /** The row's `source`, by which external ids are keyed. */
  readonly source: string;
  /** Keys the ids of records, see record-id.ts. */
  readonly recordIdKey: string;
  /** Keeps the ids of other ministries' records. */
  readonly foreignIds: Pick<ForeignIds, 'seal'>;
  /** Known provinces and agencies by kind and id, with the inclusive days of their validity (`null`: unbounded). */
  readonly references: ReadonlyMap<string, ReadonlyMap<string, { validFrom: string | null; validTo: string | null }>>;
}

/** A cell that is not what was expected; `expected` completes the sentence "expected …". */
export interface CellFault {
  readonly expected: string;
}

/** One column of a CSV. */
export interface Column {
  /** Column of the table it is written to. */
  readonly to: string;
  /** Its PostgreSQL type, for the staging table. */
  readonly type: string;
  readonly required?: boolean;
  /** Written where the cell is empty. */
  readonly fallback?: string;
  /** What a cell must hold, for messages and documentation; completes "expected …". */
  readonly expected: string;
  /** The cell (never empty, without outer spaces) as PostgreSQL's text form of `type`, or what is wrong with it. */
  readonly parse: (cell: string, context: ParseContext) => string | CellFault;
  /** The cell names a record that must be there: in `table` of this database, or (for the same table) in this file. */
  readonly references?: { readonly table: string };
}

/** A check over the parsed values of a row (by database column; `null` where empty). The row is the importer's own: not to be kept. */
export interface RowCheck {
  /** CSV column that the fault is reported at where the check names none itself. */
  readonly column: string;
  readonly check: (
    row: Readonly<Record<string, string | null>>,
    context: ParseContext,
  ) => string | { readonly column: string; readonly expected: string } | undefined;
}

/** A check over all rows of the file at once, by SQL, for what a row cannot tell by itself. */
export interface StagedCheck {
  /** CSV column that the fault is reported at. */
  readonly column: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** A SELECT of (line, value, and, where it says more, hint) of the rows at fault; `staging` is the name of the table with the file's rows. */
  readonly rows: (staging: string) => string;
}

/** How a CSV of one kind of records becomes rows of a table. */
export interface ImportSpec {
  readonly table: string;
  /** By the name in the CSV's header, which is the GraphQL field's name. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns of the table that tell its rows apart: the conflict target. */
  readonly key: readonly string[];
  /** CSV columns that tell the rows of a file apart, for duplicates. Each must be required or have a fallback. */
  readonly keyColumns: readonly string[];
  /** The kind of record whose ids are made from `source` and `externalId` and written to column `id`; none for tables with natural keys. */
  readonly recordKind?: RecordKind;
  /** Whether its rows have versions though their ids are names; those of a {@link recordKind} have. */
  readonly versioned?: boolean;
  readonly checks?: readonly RowCheck[];
  readonly stagedChecks?: readonly StagedCheck[];
  /**
   * Columns of the table with the SQL that makes them from a staged row, where the table is not simply what the CSV holds. Equal rows are
   * written once. A column that has the name of a CSV column's `to` is left as it is in the table when the CSV lacks that column.
   */
  readonly rows?: Readonly<Record<string, string>>;
  /** Statements run in the writing transaction, after the rows; `staging` is the name of the table with them. */
  readonly after?: (staging: string) => readonly string[];
}
