/**
 * The subgraphs that make up the graph, by the name that they have in the supergraph, in the logs and in `extensions.service` of errors.
 * `port` is where each listens when nothing else is configured. The order is that of composition.
 */
export const SUBGRAPHS = {
  agencies: { port: 4004 },
  calls: { port: 4001 },
  referrals: { port: 4003 },
  victims: { port: 4002 },
} as const satisfies Record<string, { port: number }>;

/** Where a subgraph answers when nothing else is configured. */
export function defaultUrl(port: number): string {
  return `http://127.0.0.1:${port}/graphql`;
}
