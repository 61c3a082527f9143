/**
 * How the services' access logs watch each other: a subgraph's answer carries the newest signed checkpoint of its log, and the gateway's requests
 * carry those of the other subgraphs, which keep them. The gateway only passes them on; it cannot make one, and one it holds back is in the next
 * request. What a checkpoint is: subgraphs/shared/access-log/checkpoint.ts.
 */

/** The header of a subgraph's answer with its newest checkpoint. */
export const LOG_CHECKPOINT_HEADER = 'x-log-checkpoint';

/** The header of the gateway's request with the other subgraphs' checkpoints, separated by commas. */
export const LOG_WITNESS_HEADER = 'x-log-witness';

/** Longest checkpoint in a header, in characters; two signatures take 500. */
const LONGEST = 2_048;

/** The name of a subgraph's log, which its checkpoints begin with. */
export function logOrigin(subgraph: string): string {
  return `hotline/${subgraph}`;
}

/** A checkpoint, which has several lines, as it stands in a header. */
export function toHeader(note: string): string {
  return Buffer.from(note).toString('base64url');
}

/** The checkpoints of a header; what cannot be one is left out. */
export function fromHeader(header: string | readonly string[] | undefined): string[] {
  const items = [header ?? []].flat().flatMap((text) => text.split(','));
  return items.filter(isHeader).map((item) => Buffer.from(item.trim(), 'base64url').toString());
}

/** What the gateway remembers of checkpoints: the last of each subgraph. */
export interface CheckpointRelay {
  /** Takes the header {@link LOG_CHECKPOINT_HEADER} of an answer of `subgraph`. */
  seen(subgraph: string, header: string | readonly string[] | undefined): void;
  /** The header {@link LOG_WITNESS_HEADER} for a request to `subgraph`; undefined when there is nothing that it was not given already. */
  headerFor(subgraph: string): string | undefined;
  /** To be called when a request with that header was answered: it is not sent again. */
  delivered(subgraph: string, header: string): void;
}

/** A relay that has seen nothing yet. */
export function openCheckpointRelay(): CheckpointRelay {
  const last = new Map<string, string>();
  const given = new Map<string, Set<string>>();
  return {
    seen: (subgraph, header) => {
      if (typeof header === 'string' && isHeader(header)) last.set(subgraph, header);
    },
    headerFor: (subgraph) => {
      const known = given.get(subgraph);
      const others = [...last].flatMap(([name, header]) => (name === subgraph || known?.has(header) ? [] : [header]));
      return others.length === 0 ? undefined : others.join(',');
    },
    delivered: (subgraph, header) => {
      const current = new Set(last.values());
      const known = [...(given.get(subgraph) ?? []), ...header.split(',')].filter((item) => current.has(item));
      given.set(subgraph, new Set(known));
    },
  };
}

function isHeader(item: string): boolean {
  return item.length <= (LONGEST * 4) / 3 && /^[\w-]+$/.test(item.trim());
}
