import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { buildASTSchema, type GraphQLSchema, getOperationAST, parse, validate } from 'graphql';
import { createExecution, type Execution } from '../../../gateway/execution/index.ts';
import { separateRequiredArguments } from '../../../gateway/execution/required-arguments.ts';
import { chooseLabels, readOverrideLabels } from '../../../gateway/override-labels.ts';
import type { Answer, GraphAnswer } from './run.ts';

interface Loaded {
  readonly schema: GraphQLSchema;
  readonly execution: Execution;
  readonly labels: readonly string[];
}

const loadedBefore = new Map<string, Loaded>();

/** The project's executor behind the seam, over Apollo's planner; in this thread, because starting one takes longer than all operations of a case. */
export const ownAnswer: Answer = async (supergraphSdl, fetch, { document: source, variables, operationName, overrideLabels = [] }) => {
  const { schema, execution, labels } = load(supergraphSdl);
  const document = parse(source);
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors: errors.map((error) => error.toJSON()) as GraphAnswer['errors'] & object };
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('expected an operation');
  const answer = await execution.execute({
    document,
    operation,
    variables,
    labels: chooseLabels(labels, new Set(overrideLabels), 0.5),
    // What the gateway makes of a subgraph that is not there is tested with real ones (test/gateway).
    ask: (service, { operationName: name, ...request }) =>
      fetch(service, name === undefined ? request : { ...request, operationName: name }).then(
        ({ data = null, errors: reported = [] }) => ({
          data,
          errors: reported.map(({ message, path = [], extensions = {} }) => ({ message, path, extensions })),
        }),
        (error: Error) => ({ data: null, errors: [{ message: error.message, path: [], extensions: {} }] }),
      ) as never,
  });
  return JSON.parse(JSON.stringify(answer)) as GraphAnswer;
};

function load(supergraphSdl: string): Loaded {
  const known = loadedBefore.get(supergraphSdl);
  if (known !== undefined) return known;
  const separated = separateRequiredArguments(supergraphSdl);
  const supergraph = Supergraph.build(separated.sdl);
  const planner = new QueryPlanner(supergraph, { debug: { maxEvaluatedPlans: 100 } });
  const schema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
  const plan = async (text: string, labels: readonly string[] = []) =>
    planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(text)), { overrideConditions: new Map(labels.map((label) => [label, true])) });
  const document = parse(supergraphSdl);
  const supergraphSchema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  const loaded = {
    schema,
    execution: createExecution({ apiSchema: schema, supergraphSchema, planner: { plan }, separated }),
    labels: readOverrideLabels(document),
  };
  loadedBefore.set(supergraphSdl, loaded);
  return loaded;
}
