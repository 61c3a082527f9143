import fc from 'fast-check';
import { type DocumentNode, type GraphQLError, Kind, parse, type SelectionNode, validate, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Executor, startApollo, startOwn } from '../executors.ts';
import { randomOperation } from './random-operation.ts';
import { runWorld } from './subgraphs.ts';
import { answerWhole } from './whole.ts';
import { createChance, createWorld } from './world.ts';

const OPERATIONS = 12;
/** Supergraphs, where the campaign does not say how many. */
const runs = (usual: number) => Number(process.env['DIFFERENTIAL_RUNS'] ?? usual);
/**
 * Seeds of supergraphs of which an operation was answered wrongly that no conformance case stands for: of the plans that are to be compared, one is none; a chain
 * of requirements of objects in the value of one of its links, or in one that several services share.
 */
const FOUND = [545_440_697, 717_615_431, 1_048_221_191];
/** For so many supergraphs; milliseconds. */
const timeFor = (count: number) => 60_000 + count * 10_000;

describe('the executor', () => {
  it(
    "answers as Apollo's does, data and errors, on generated supergraphs and operations",
    async () => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
          const world = createWorld(seed);
          const running = runWorld(world);
          if (!running) return;
          const apollo = await startApollo(running.supergraph);
          const own = await startOwn(running.supergraph, apollo.schema);
          const chance = createChance(seed + 1);
          for (let index = 0; index < OPERATIONS; index++) {
            const { document, variables } = randomOperation(world, chance);
            const parsed = parse(document);
            const invalid = validate(apollo.schema, parsed);
            if (invalid.length > 0) throw new Error(`${invalid[0]?.message}\n${document}`);
            const asked = { document: parsed, variables, fetch: running.start() };
            const answers = [apollo.execute({ ...asked, document: withoutConditions(parsed, { no: true, ...variables }) }), own.execute(asked)];
            const [expected, actual] = (await Promise.all(answers)).map(answered) as [Answered, Answered];
            compared++;
            const comparable = (one: Answered, other: Answered) => (world.strict && other.errors.length > 0 ? withNullsOf(other.data, one.data) : one.data);
            expect({ document, variables, data: comparable(actual, expected) }).toEqual({ document, variables, data: comparable(expected, actual) });
            // Of several faults in an object that may not have any, a subgraph tells the one that it comes upon first.
            const told = world.strict ? messages(actual).length > 0 : messages(actual);
            expect({ document, told }).toEqual({ document, told: world.strict ? messages(expected).length > 0 : messages(expected) });
            for (const error of actual.errors) expect({ document, error, place: whatIsWrong(error, actual.data) }).toEqual({ document, error, place: null });
          }
        }),
        { numRuns: runs(10), endOnFailure: true },
      );
      expect(compared).toBeGreaterThan(OPERATIONS * 5);
    },
    timeFor(runs(10)),
  );
});

describe('the gateway', () => {
  it(
    'answers as one service with all data does, on generated supergraphs and operations',
    async () => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
          const world = createWorld(seed, true);
          const running = runWorld(world);
          if (!running) return;
          const { schema } = await startApollo(running.supergraph);
          const own = await startOwn(running.supergraph, schema);
          const chance = createChance(seed + 1);
          for (let index = 0; index < OPERATIONS; index++) {
            const { document, variables } = randomOperation(world, chance);
            const parsed = parse(document);
            const invalid = validate(schema, parsed);
            if (invalid.length > 0) throw new Error(`${invalid[0]?.message}\n${document}`);
            const expected = answered(answerWhole(world, schema, parsed, variables));
            const actual = answered(await own.execute({ document: parsed, variables, fetch: running.start() }));
            compared++;
            expect({ document, variables, data: actual.data }).toEqual({ document, variables, data: expected.data });
            expect({ document, variables, lost: lost(actual) }).toEqual({ document, variables, lost: lost(expected) });
            // Of what an interface object is asked for in excess, see random-operation.ts, there are errors in excess.
            const excess = world.objectFields.length > 0 ? [] : actual.errors.filter(({ path }) => nullAt(actual.data, path) === undefined);
            expect({ document, variables, excess }).toEqual({ document, variables, excess: [] });
          }
        }),
        { numRuns: runs(20), endOnFailure: true, examples: FOUND.map((seed) => [seed]) },
      );
      expect(compared).toBeGreaterThan(OPERATIONS * 5);
    },
    timeFor(runs(20)),
  );
});

/** The nulls of the answer that errors explain: where several are about one object that is lost, or within it, that is one. */
function lost({ errors, data }: Answered): string[] {
  return [...new Set(errors.flatMap(({ path }) => nullAt(data, path) ?? []))].sort();
}

/** The first null on the path; `undefined` where there is none. */
function nullAt(data: unknown, path: readonly (string | number)[]): string | undefined {
  let value = data;
  for (const [index, part] of path.entries()) {
    if (value === null) return JSON.stringify(path.slice(0, index));
    value = (value as Record<string | number, unknown>)[part];
  }
  return value === null ? JSON.stringify(path) : undefined;
}

/** What `@skip` and `@include` leave in, without them, where that is anything: Apollo's plans lose fields by conditions (SKIP-11). */
function withoutConditions(document: DocumentNode, variables: Readonly<Record<string, unknown>>): DocumentNode {
  const isLeftIn = ({ directives = [] }: SelectionNode) =>
    directives.every(({ name, arguments: given }) => {
      const condition = given?.[0]?.value;
      return condition?.kind === Kind.VARIABLE && variables[condition.name.value] === (name.value === 'include');
    });
  return visit(document, {
    SelectionSet: {
      enter: (set) => {
        const selections = set.selections.filter(isLeftIn).map((selection) => ({ ...selection, directives: [] }));
        return selections.length > 0 ? { ...set, selections } : undefined;
      },
    },
  });
}

/**
 * The data with the nulls of another answer. Where a field may not be null, a fault takes the whole object with it, and all else that its subgraph says of that;
 * another subgraph that can answer the same field says it all the same. Which of them is asked is the planner's choice, and names change it.
 */
function withNullsOf(other: unknown, data: unknown): unknown {
  if (other === null) return null;
  if (Array.isArray(data)) return data.map((element, index) => withNullsOf(Array.isArray(other) ? other[index] : undefined, element));
  if (typeof data !== 'object' || data === null || typeof other !== 'object' || other === undefined) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, withNullsOf((other as Record<string, unknown>)[name], value)]));
}

/** What a client is answered, as JSON. */
interface Answered {
  readonly data: unknown;
  readonly errors: readonly { readonly message: string; readonly path: readonly (string | number)[] }[];
}

function answered({ data, errors, extensions }: Awaited<ReturnType<Executor['execute']>>): Answered {
  // Where no subgraph reported an error, Apollo says here what is missing against the schema.
  const told = errors ?? (extensions?.['valueCompletion'] as readonly GraphQLError[] | undefined) ?? [];
  return { data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)), errors: told.map(({ message, path }) => ({ message, path: path ?? [] })) };
}

/** Each once: a field that several subgraphs can answer may be asked of more than one of them. */
function messages({ errors }: Answered): string[] {
  return [...new Set(errors.map(({ message }) => message))].sort();
}

/**
 * What is wrong with where an error is said to be. Not by comparison: Apollo's executor counts objects that it asks for, and not those of the
 * list that they lie in, and names another place where some of these are of other types.
 */
function whatIsWrong({ message, path }: Answered['errors'][number], data: unknown): string | null {
  const [, field, id] = /\.(\w+) of (\d+)$/.exec(message) ?? [];
  let value = data;
  for (const [index, part] of path.entries()) {
    if (value === null) return null;
    const object = value as Record<string, unknown>;
    if (part === field && index === path.length - 1 && 'id' in object && object['id'] !== id) return `this is ${String(object['id'])}`;
    value = object[part];
  }
  // What another field requires is asked for as well; the client knows only the object.
  if (typeof value === 'object') return null;
  return `expected null there, got ${JSON.stringify(value)}`;
}
