import DataLoader from 'dataloader';
import { reference, type Row, type VisibleRecords } from '../records.ts';
import type { RequestContext, Resolver } from '../subgraph.ts';
import { seen } from '../visibility.ts';

/** The most events that are given of one record: more than any has. */
const LARGEST_HISTORY = 500;

/** A field that an act changed. */
interface Change {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

const EVENTS = `CROSS JOIN LATERAL (
    SELECT e.record_id AS "recordId", e.kind || ':' || e.id AS id, e.act, e.state, e.at, e.recorded_at AS "recordedAt", e.agency, e.actor, e.changes
    FROM record_event e WHERE e.kind = $1 AND e.record_id = p.id ORDER BY e.id LIMIT ${LARGEST_HISTORY}) x`;

/**
 * The field `events` of records of a kind: what was done to one, the first act first. One statement for all that a request asks for at once.
 * `records`: which of them a request may see; where it is left out, everybody sees all. A record that an act answers may have gone out of sight.
 */
export function eventsField(kind: string, records?: VisibleRecords): Resolver {
  return ({ id }: { readonly id: unknown }, _arguments, context: RequestContext) =>
    context
      .loader<string, readonly Row[]>(`events ${kind}`, () => {
        return new DataLoader(async (ids) => {
          const parameters: unknown[] = [kind, ids];
          const where = records === undefined ? [] : seen(records.visible, context.reach, (value) => `$${parameters.push(value)}`);
          const sighted = where.length === 0 ? '' : `JOIN "${records?.table}" t ON t.id = p.id::uuid AND ${where.join(' AND ')}`;
          const rows = await context.sql.query<Row>(`SELECT x.* FROM unnest($2::text[]) AS p (id) ${sighted} ${EVENTS}`, parameters);
          const byRecord = Map.groupBy(rows, (row) => String(row['recordId']));
          return ids.map((own) => byRecord.get(own) ?? []);
        });
      })
      .load(String(id));
}

/** The fields of an event that are not simply its columns. */
export const eventFields: Record<string, Resolver> = {
  agency: (event: Row) => reference('Agency', event['agency']),
  changes: (event: Row) => (event['changes'] as readonly Change[]).map(({ field, from, to }) => ({ field, from: asText(from), to: asText(to) })),
};

/** A value of any JSON type as text: text as it is, nothing as nothing, all else as JSON. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
