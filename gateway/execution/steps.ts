import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { compileRequires, type Represent } from './requires.ts';
import { compileRewrites, type Rewrite } from './rewrites.ts';

/** A query plan of Apollo's planner as it is run. */
export type Step =
  | { readonly kind: 'sequence' | 'parallel'; readonly steps: readonly Step[] }
  | { readonly kind: 'condition'; readonly variable: string; readonly whenTrue: Step | undefined; readonly whenFalse: Step | undefined }
  | FetchStep;

/** One request to a subgraph, and where its answer belongs. */
export interface FetchStep {
  readonly kind: 'fetch';
  readonly service: string;
  readonly query: string;
  readonly operationName: string | undefined;
  /** Whether it asks the service to do something. */
  readonly act: boolean;
  /** The variables that it uses. */
  readonly variables: readonly string[];
  /** Where the objects are that it adds to, see {@link objectsAt}. */
  readonly path: readonly string[];
  /** What the service is told of each of them; `undefined` for a fetch of root fields. */
  readonly represent: Represent | undefined;
  readonly rewriteInput: Rewrite | undefined;
  readonly rewriteOutput: Rewrite | undefined;
}

/** @param schema the supergraph's, with types that clients do not see. */
export function compilePlan({ node }: QueryPlan, schema: GraphQLSchema): Step | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'Subscription') throw new Error('expected a query or a mutation, got a subscription');
  return compileNode(node, [], schema);
}

function compileNode(node: PlanNode, path: readonly string[], schema: GraphQLSchema): Step {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', steps: node.nodes.map((inner) => compileNode(inner, path, schema)) };
    case 'Parallel':
      return { kind: 'parallel', steps: node.nodes.map((inner) => compileNode(inner, path, schema)) };
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path.map(String)], schema);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        whenTrue: node.ifClause && compileNode(node.ifClause, path, schema),
        whenFalse: node.elseClause && compileNode(node.elseClause, path, schema),
      };
    case 'Fetch':
      return compileFetch(node, path, schema);
    case 'Defer':
      throw new Error('expected a plan without @defer');
  }
}

function compileFetch(node: FetchNode, path: readonly string[], schema: GraphQLSchema): FetchStep {
  return {
    kind: 'fetch',
    service: node.serviceName,
    query: node.operation,
    operationName: node.operationName,
    act: node.operationKind === 'mutation',
    variables: node.variableUsages ?? [],
    path,
    represent: node.requires && compileRequires(node.requires, schema),
    rewriteInput: compileRewrites(node.inputRewrites, schema),
    rewriteOutput: compileRewrites(node.outputRewrites, schema),
  };
}
