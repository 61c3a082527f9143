import type { RecordKind } from './record-kinds.ts';

/**
 * The subgraphs that make up the graph, by the name that they have in the supergraph, in the logs and in `extensions.service` of errors.
 * `port` is where each listens when nothing else is configured; `refersTo`, the kinds of other ministries' records whose ids it keeps. The order is
 * that of composition.
 */
export const SUBGRAPHS = {
  agencies: { port: 4004, refersTo: [] },
  calls: { port: 4001, refersTo: [] },
  referrals: { port: 4003, refersTo: ['call'] },
  victims: { port: 4002, refersTo: ['case'] },
} as const satisfies Record<string, { port: number; refersTo: readonly RecordKind[] }>;

/** Where a subgraph answers when nothing else is configured. */
export function defaultUrl(port: number): string {
  return `http://127.0.0.1:${port}/graphql`;
}
