/**
 * What a request reads, noted as it is read and written into the access log before the answer leaves: records of persons and cases by their
 * pseudonymous ids, figures by their names. An answer whose reading could not be recorded does not leave.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { clientError } from '#schema/errors.ts';
import type { HopClaims } from '#schema/hop-token.ts';
import type { AccessEntry } from '../access-log/entry.ts';
import type { ForeignIds } from '../foreign-ids/foreign-ids.ts';
import type { RequestContext } from '../subgraph.ts';

/** What one request has read so far. */
export interface Reading {
  /** A field (`Type.field`) of the record with this id. */
  record(coordinate: string, id: string): void;
  /** A figure. */
  figure(coordinate: string): void;
  /** The entries that the access log must have before the answer leaves; none where nothing was read that it is kept for. */
  entries(at: Date): AccessEntry[];
}

/** What is read on behalf of the caller that `claims` name; other ministries' records are noted as this one keeps their ids. */
export function startReading(claims: HopClaims, { pseudonym }: Pick<ForeignIds, 'pseudonym'>): Reading {
  const records = new Set<string>();
  const fields = new Set<string>();
  const figures = new Map<string, number>();
  return {
    record: (coordinate, id) => {
      records.add(pseudonym(id));
      fields.add(coordinate);
    },
    figure: (coordinate) => void figures.set(coordinate, (figures.get(coordinate) ?? 0) + 1),
    entries: (at) => [
      ...(records.size === 0 ? [] : [{ ...who(claims, at), kind: 'read' as const, fields: [...fields].sort(), records: [...records].sort() }]),
      ...(figures.size === 0 ? [] : [statisticsEntry(claims, at, figures)]),
    ],
  };
}

function statisticsEntry(claims: HopClaims, at: Date, figures: ReadonlyMap<string, number>): AccessEntry {
  return { ...who(claims, at), kind: 'statistics', fields: [...figures.keys()].sort(), records: [], details: { values: Math.max(...figures.values()) } };
}

/** The entry of an act that was asked for; `record` is the one that it answers with. */
export function actEntry(claims: HopClaims, at: Date, act: string, record: { readonly id?: unknown } | null): AccessEntry {
  return { ...who(claims, at), kind: 'act', records: record === null ? [] : [String(record.id)], details: { act } };
}

/** The part of an entry that says who asks, and in which operation. */
function who({ caller, requestId, operationHash, operationName }: HopClaims, at: Date) {
  const { subject, agency, purpose } = caller;
  return { at: at.toISOString(), subject, agency, purpose, operationHash, operationName, requestId };
}

/** Writes what was read before the answer leaves, with `append`; where that fails, an error leaves in its place. */
export function recordReading(append: (entry: AccessEntry) => Promise<void>): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue, response: { body } }) => {
        if (body.kind !== 'single') return;
        try {
          await Promise.all(contextValue.access.notes.entries(new Date()).map(append));
        } catch (error) {
          contextValue.log.error({ err: error }, 'an access could not be recorded: the answer does not leave');
          body.singleResult = { data: null, errors: [notRecorded().toJSON()] };
        }
      },
    }),
  };
}

function notRecorded() {
  const vi = 'Không ghi được nhật ký truy cập nên không trả lời.';
  return clientError('ACCESS_NOT_RECORDED', `${vi} · The access could not be recorded, and what is not recorded is not answered.`);
}
