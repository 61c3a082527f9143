import type { JsonObject } from '../json.ts';
import type { SubgraphError } from '../errors.ts';
import type { FetchSelection } from '../selection.ts';
import type { AskEntities } from './entities.ts';
import { copy, type Growing, merge, objectsAt, placesAt } from './objects.ts';
import type { FetchStep, Step } from './steps.ts';

/** A request to a subgraph, as a plan has it. */
export interface SubgraphRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: JsonObject;
  /** Of a fetch of entities, the JSON of each of the representations in {@link variables}. */
  readonly texts?: readonly string[] | undefined;
  readonly act: boolean;
  /** What it asks for. */
  readonly selection: FetchSelection;
}

/** What came of it; the errors' paths are counted from the request, not from the client's operation. One without a path is about all of it, and is told of its first field. */
export interface SubgraphAnswer {
  readonly data: JsonObject | null;
  readonly errors: readonly SubgraphError[];
}

/** Asks a subgraph. Never throws. */
export type AskSubgraph = (service: string, request: SubgraphRequest) => Promise<SubgraphAnswer>;

/** One run of a plan. */
export interface Run {
  readonly ask: AskSubgraph;
  readonly askEntities: AskEntities;
  /** The names of the graph's interfaces. */
  readonly interfaces: ReadonlySet<string>;
  /** As the client sent them, under the names of the plan. */
  readonly variables: JsonObject;
  /** Grows. */
  readonly data: Growing;
  /** Grows; the paths are those of {@link data}. */
  readonly errors: SubgraphError[];
}

/** Runs a plan, or a part of it, to its end. */
export async function runStep(step: Step, run: Run): Promise<void> {
  switch (step.kind) {
    case 'sequence':
      for (const inner of step.steps) await runStep(inner, run);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((inner) => runStep(inner, run)));
      return;
    case 'fetch':
      return step.represent ? await fetchEntities(step, step.represent, run) : await fetchRoot(step, run);
  }
}

async function fetchRoot(step: FetchStep, run: Run): Promise<void> {
  const targets = objectsAt(run.data, step.path);
  if (targets.length === 0) return;
  const { data, errors } = await run.ask(step.service, request(step, usedVariables(step, run)));
  for (const error of errors)
    run.errors.push({ ...error, path: [...step.path, ...(error.path.length > 0 ? error.path : step.selection.root().names.slice(0, 1))] });
  if (data === null) return;
  step.rewriteOutput?.(data);
  for (const [index, target] of targets.entries()) merge(target, index === 0 ? data : copy(data), run.interfaces);
}

async function fetchEntities(step: FetchStep, represent: NonNullable<FetchStep['represent']>, run: Run): Promise<void> {
  const objects = objectsAt(run.data, step.path);
  const asked: number[] = [];
  const representations: JsonObject[] = [];
  objects.forEach((object, index) => {
    const representation = represent(object);
    if (representation === null || !representation['__typename']) return;
    step.rewriteInput?.(representation);
    if (step.isKeyed && !step.isKeyed(representation)) return;
    asked.push(index);
    representations.push(representation);
  });
  if (representations.length === 0) return;
  const { service, alike } = step;
  const { data, errors } = await run.askEntities({ service, alike, representations, ...request(step, usedVariables(step, run)) });
  if (errors.length > 0) {
    const places = placesAt(run.data, step.path);
    for (const error of errors) run.errors.push({ ...error, path: placeOf(error.path, asked, places) });
  }
  const entities = data?.['_entities'];
  if (!Array.isArray(entities)) return;
  asked.forEach((object, index) => {
    const entity = entities[index] as Growing | null | undefined;
    const target = objects[object];
    if (!entity || target === undefined) return;
    // What a rewrite of some type only looks at may not have said its own.
    if (step.rewriteOutput && entity['__typename'] === undefined) entity['__typename'] = target['__typename'];
    step.rewriteOutput?.(entity);
    merge(target, entity, run.interfaces);
  });
}

function request({ query, operationName, act, selection }: FetchStep, variables: JsonObject): SubgraphRequest {
  return { query, operationName, variables, act, selection };
}

function usedVariables(step: FetchStep, { variables }: Run): Record<string, unknown> {
  const used: Record<string, unknown> = {};
  for (const name of step.variables) if (Object.hasOwn(variables, name) && variables[name] !== undefined) used[name] = variables[name];
  return used;
}

/** Where in the whole an error of an entity lies. */
function placeOf([root, index, ...rest]: SubgraphError['path'], asked: readonly number[], places: readonly (string | number)[][]): (string | number)[] {
  if (root !== '_entities' || typeof index !== 'number') return [];
  return [...(places[asked[index] ?? -1] ?? []), ...rest];
}
