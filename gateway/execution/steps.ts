import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import { type GraphQLSchema, parse, print, visit } from 'graphql';
import { type FetchSelection, readSelection } from '../selection.ts';
import { compileKeys, type IsKeyed } from './keys.ts';

import { compileRequires, type Represent } from './requires.ts';
import { compileRewrites, type Rewrite } from './rewrites.ts';
import type { SeparatedSupergraph } from './separation.ts';

/** A query plan of Apollo's planner as it is run. */
export type Step = { readonly kind: 'sequence' | 'parallel'; readonly steps: readonly Step[] } | FetchStep;

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
  /** What requests have in common that differ in their entities alone, where the plan has several of them; see entities.ts. */
  readonly alike: string | undefined;
  /** What it asks for. */
  readonly selection: FetchSelection;
  /** What the service is told of each of them; `undefined` for a fetch of root fields. */
  readonly represent: Represent | undefined;
  /** Which of these it is sent, after {@link rewriteInput}; `undefined` where that are all. */
  readonly isKeyed: IsKeyed | undefined;
  readonly rewriteInput: Rewrite | undefined;
  readonly rewriteOutput: Rewrite | undefined;
}

/** What plans are compiled against. */
export interface PlanParts {
  /** The supergraph's, with types that clients do not see. */
  readonly schema: GraphQLSchema;
  /** What the plan means by fields that stand for required ones with arguments, and by parts of services. */
  readonly separated: Omit<SeparatedSupergraph, 'sdl'>;
}

/** The plan as it is run; `undefined` where no subgraph is asked. */
export function compilePlan({ node }: QueryPlan, parts: PlanParts): Step | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'Subscription') throw new Error('expected a query or a mutation, got a subscription');
  return compileNode(node, [], { ...parts, repeated: repeated(node) });
}

interface Work extends PlanParts {
  /** What several fetches of entities ask for. */
  readonly repeated: ReadonlySet<string>;
}

/** A fetch of entities but for its name, which the planner numbers. */
function nameless({ serviceName, operation }: FetchNode): string {
  return `${serviceName} ${operation.replace(/^query \w+/, 'query')}`;
}

function repeated(plan: PlanNode): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  const look = (node: PlanNode): void => {
    if (node.kind === 'Sequence' || node.kind === 'Parallel') node.nodes.forEach(look);
    else if (node.kind === 'Flatten') look(node.node);
    else if (node.kind === 'Fetch' && node.requires) (seen.has(nameless(node)) ? twice : seen).add(nameless(node));
  };
  look(plan);
  return twice;
}

function compileNode(node: PlanNode, path: readonly string[], parts: Work): Step {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', steps: node.nodes.map((inner) => compileNode(inner, path, parts)) };
    case 'Parallel':
      return { kind: 'parallel', steps: node.nodes.map((inner) => compileNode(inner, path, parts)) };
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path.map(String)], parts);
    case 'Fetch':
      return compileFetch(node, path, parts);
    case 'Condition':
    case 'Defer':
      throw new Error(`expected a plan without conditions and @defer, got ${node.kind}`);
  }
}

function compileFetch(node: FetchNode, path: readonly string[], { schema, separated, repeated: several }: Work): FetchStep {
  const operation = separated.rewriteOperation(node.operation);
  const service = separated.serviceOf(node.serviceName);
  return {
    kind: 'fetch',
    service,
    query: node.requires || path.length === 0 ? operation : withoutRootName(operation, schema),
    operationName: node.operationName,
    act: node.operationKind === 'mutation',
    variables: node.variableUsages ?? [],
    path,
    alike: node.requires && several.has(nameless(node)) ? nameless(node) : undefined,
    selection: readSelection(operation, schema),
    represent: node.requires && compileRequires(node.requires, schema, separated.nameInRepresentation),
    isKeyed: node.requires && node.requires.length > 1 ? compileKeys(service, schema) : undefined,
    rewriteInput: compileRewrites(node.inputRewrites, schema),
    rewriteOutput: compileRewrites(node.outputRewrites, schema),
  };
}

/** A fetch of root fields in the midst of an answer; the planner puts them under the root's name in the graph, which a subgraph may have another for. */
function withoutRootName(operation: string, schema: GraphQLSchema): string {
  const root = schema.getQueryType()?.name;
  const document = parse(operation, { noLocation: true });
  return print(
    visit(document, {
      InlineFragment: {
        enter: ({ typeCondition, ...fragment }) => (typeCondition?.name.value === root ? fragment : undefined),
      },
    }),
  );
}
