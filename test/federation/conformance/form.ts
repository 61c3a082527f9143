import { GraphQLError } from 'graphql';

/** One small supergraph and the operations that are put to it. Expected answers are worked out from its data by hand. */
export interface ConformanceCase {
  readonly name: string;
  /** By the service's name; services are composed in this order. */
  readonly subgraphs: Readonly<Record<string, CaseSubgraph>>;
  readonly operations: readonly CaseOperation[];
}

export interface CaseSubgraph {
  /** Without the `@link` to the federation specification, which the runner adds. */
  readonly sdl: string;
  /** graphql-js resolvers by type and field; `__resolveReference` as for `@apollo/subgraph`. */
  readonly resolvers: Readonly<Record<string, object>>;
  /** The service cannot be reached: every request to it is refused. */
  readonly down?: true;
}

export interface CaseOperation {
  /** Unique over all cases, as KEY-01. */
  readonly id: string;
  /** MUST: a specification says so. SHOULD: it leaves room, and this is the answer that serves a client best. */
  readonly must: 'MUST' | 'SHOULD';
  /** What is right here, as a sentence. */
  readonly title: string;
  readonly document: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Labels of progressive `@override` that hold for this request. */
  readonly overrideLabels?: readonly string[];
  readonly expected: { readonly data: unknown; readonly errors?: readonly ExpectedError[] };
}

/**
 * An error of the answer: at exactly `path`, or, where the specifications leave open to which of several missing fields a failure belongs, one or
 * more anywhere at or `under` a path. `code` is compared where a subgraph gave one.
 */
export type ExpectedError = { readonly path: Path; readonly code?: string } | { readonly under: Path; readonly code?: string };

export type Path = readonly (string | number)[];

/**
 * A type's `__resolveReference` over fixed records: the record whose key fields equal the reference's, with what else the reference brings
 * (fields of `@requires`) laid under it; null where there is none. A reference without all of these keys finds nothing.
 */
export function keyed(
  records: readonly Readonly<Record<string, unknown>>[],
  ...keys: readonly string[]
): { __resolveReference: (reference: object) => object | null } {
  return {
    __resolveReference(reference) {
      const given = reference as Readonly<Record<string, unknown>>;
      const found = records.find((record) => keys.every((key) => JSON.stringify(record[key]) === JSON.stringify(given[key])));
      return found === undefined ? null : { ...given, ...found };
    },
  };
}

/** What a resolver throws, or a reference resolves to, where a subgraph fails with a code. */
export function failure(code: string): GraphQLError {
  return new GraphQLError(`failed on purpose: ${code}`, { extensions: { code } });
}
