import { copy } from './execution/objects.ts';

/** What the executor knows of an entity: its type, its key and the fields that others require. */
export type Representation = Readonly<Record<string, unknown>> & { readonly __typename: string };

/**
 * Representations with each entity once. A plan asks for one at every place of the answer, so that 34 provinces in 408 cells
 * would be 13,872 representations.
 */
export interface Distinct {
  readonly representations: readonly Representation[];
  /** JSON of each of {@link representations}. */
  readonly texts: readonly string[];
  /** The place in {@link representations} of each one given. */
  readonly indexes: readonly number[];
  /** The first place, among those given, of each of {@link representations}. */
  readonly firsts: readonly number[];
  /** How many of those given each of {@link representations} stands for. */
  readonly counts: readonly number[];
}

/** Each representation once, in order of its first place. Two are the same when their JSON is; the executor writes fields in one order. */
export function distinct(all: readonly Representation[]): Distinct {
  const seen = new Map<string, number>();
  const found = { representations: [] as Representation[], texts: [] as string[], indexes: [] as number[], firsts: [] as number[], counts: [] as number[] };
  all.forEach((representation, place) => {
    const key = JSON.stringify(representation);
    const index = seen.get(key) ?? found.representations.length;
    if (index === found.representations.length) {
      seen.set(key, index);
      found.representations.push(representation);
      found.texts.push(key);
      found.firsts.push(place);
      found.counts.push(0);
    }
    found.indexes.push(index);
    found.counts[index] = (found.counts[index] ?? 0) + 1;
  });
  return found;
}

/** The entities, one for each representation given. No two share an object: the executor writes into what it gets. */
export function spread<T>({ indexes, firsts }: Distinct, entities: readonly T[]): T[] {
  return indexes.map((index, place) => {
    const entity = entities[index] as T;
    return firsts[index] === place ? entity : copy(entity);
  });
}
