import { type CompositionSuccess, composeServices } from '@apollo/composition';
import type { ASTNode, GraphQLError, GraphQLSchema } from 'graphql';
import { ACCEPTED_HINTS } from './accepted-hints.ts';
import type { Fault } from './fault.ts';
import { type SubgraphSource, schemaFile } from './subgraph-sources.ts';

/** What the subgraphs' schemas compose to. */
export interface Composition {
  /** The supergraph as it is committed. Its definitions are in alphabetical order, so that a change is a small diff. */
  readonly supergraph: string;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  /** Hints that nobody accepted. */
  readonly hints: readonly Fault[];
}

const HEADER = `# Composed of subgraphs/*/schema.graphql by \`npm run schema:compose\`. Not to be edited by hand; to be reviewed as a diff.\n\n`;

/** Composes the subgraphs; `faults` says why they do not fit together. */
export function composeSubgraphs(sources: readonly SubgraphSource[]): { composition: Composition | null; faults: readonly Fault[] } {
  const result = composeServices(sources.map(({ name, url, document }) => ({ name, url, typeDefs: document })));
  if (result.errors) return { composition: null, faults: result.errors.map(explainError) };
  const supergraph = `${HEADER}${result.supergraphSdl.trimEnd()}\n`;
  const apiSchema = result.schema.toAPISchema().toGraphQLJSSchema();
  return { composition: { supergraph, apiSchema, hints: explainHints(result.hints) }, faults: [] };
}

function explainError(error: GraphQLError): Fault {
  const { code } = error.extensions;
  return { ...place(error.nodes), message: `the subgraphs do not compose: ${code ? `${code}: ` : ''}${error.message}`, action: 'mend the schema named' };
}

/** The hints that are not accepted, and the acceptances that are no longer needed. */
function explainHints(hints: CompositionSuccess['hints']): Fault[] {
  const needed = new Set<(typeof ACCEPTED_HINTS)[number]>();
  const unaccepted = hints.filter(({ definition, message }) => {
    const accepted = ACCEPTED_HINTS.find(({ code, about }) => code === definition.code && message.includes(`"${about}"`));
    if (accepted) needed.add(accepted);
    return accepted === undefined;
  });
  return [
    ...unaccepted.map(({ definition: { code }, message, nodes }) => ({
      ...place(nodes),
      message: `composition hints ${code}: ${message}`,
      action: 'let the subgraphs agree; only where they cannot, accept it with its reason in schema/check/accepted-hints.ts',
    })),
    ...ACCEPTED_HINTS.filter((accepted) => !needed.has(accepted)).map(({ code, about }) => ({
      file: 'schema/check/accepted-hints.ts',
      message: `composition no longer hints ${code} about "${about}"`,
      action: 'take the entry out',
    })),
  ];
}

/** Where a node of a subgraph's schema stands; composition marks each with the subgraph that it is from. */
function place(nodes: readonly (ASTNode & { readonly subgraph?: string })[] | undefined): Pick<Fault, 'file' | 'line'> {
  const [node] = nodes ?? [];
  return { file: node?.subgraph ? schemaFile(node.subgraph) : 'subgraphs', line: node?.loc?.startToken.line };
}
