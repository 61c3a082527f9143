import type { ErrorCode } from '#schema/errors.ts';
import type { JsonObject } from '../json.ts';
import type { SubgraphError } from '../errors.ts';
import type { AskSubgraph, SubgraphAnswer, SubgraphRequest } from './run.ts';

/** A request for fields of entities, as a step has it. */
export interface EntityRequest extends SubgraphRequest {
  readonly service: string;
  readonly representations: readonly JsonObject[];
  /** The same for requests that differ in nothing but their representations; `undefined` where a plan has no other like it. */
  readonly alike: string | undefined;
}

/** Asks for entities; the answer has one for each representation, the errors' paths begin with `_entities` and its place. Never throws. */
export type AskEntities = (request: EntityRequest) => Promise<SubgraphAnswer>;

/**
 * Sends requests of one operation that ask the same service at the same moment for the same fields of other entities as one. A plan has a step for each
 * place of an answer where an entity stands, however alike they are: authors of reviews, and authors of reviews of products of users.
 */
export function createBatches(ask: AskSubgraph): AskEntities {
  const waiting = new Map<string, { readonly request: EntityRequest; readonly settle: (answer: SubgraphAnswer) => void }[]>();
  const send = ({ service, representations, alike: _, ...request }: EntityRequest) =>
    ask(service, { ...request, variables: { ...request.variables, representations } });
  return (request) => {
    if (request.alike === undefined) return send(request);
    const key = JSON.stringify([request.service, request.alike, request.variables]);
    return new Promise((settle) => {
      const batch = waiting.get(key);
      if (batch) return batch.push({ request, settle });
      const opened = [{ request, settle }];
      waiting.set(key, opened);
      // When everything has been asked for that the last answers made known.
      return setImmediate(() => {
        waiting.delete(key);
        void send({ ...request, representations: opened.flatMap(({ request: { representations } }) => representations) }).then((answer) => {
          let from = 0;
          for (const { request: own, settle: give } of opened) {
            give(part(answer, from, own.representations.length));
            from += own.representations.length;
          }
        });
      });
    });
  };
}

/** What of an answer is about the representations from a place on. */
function part({ data, errors }: SubgraphAnswer, from: number, length: number): SubgraphAnswer {
  const entities = data?.['_entities'];
  return {
    data: Array.isArray(entities) ? { _entities: entities.slice(from, from + length) } : data,
    errors: errors.flatMap((error) => own(error, from, length)),
  };
}

/** A request that failed as a whole failed for all that it was made of, and is counted once. */
const OF_ALL: ReadonlySet<ErrorCode> = new Set(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT']);

function own(error: SubgraphError, from: number, length: number): SubgraphError | [] {
  const [root, place, ...rest] = error.path;
  if (OF_ALL.has(error.extensions.code)) return from === 0 ? error : { ...error, extensions: { ...error.extensions, affected: 0 } };
  if (root === '_entities' && typeof place === 'number') {
    return place >= from && place < from + length ? { ...error, path: [root, place - from, ...rest] } : [];
  }
  return from === 0 ? error : [];
}
