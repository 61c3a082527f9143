import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentNode, GraphQLError, parse, Source } from 'graphql';
import { defaultUrl, SUBGRAPHS } from '../subgraphs.ts';
import type { Fault } from './fault.ts';

/** The schema of one subgraph as it was written. */
export interface SubgraphSource {
  readonly name: string;
  /** Path from the project's folder. */
  readonly file: string;
  /** Where the subgraph answers when nothing else is configured. */
  readonly url: string;
  readonly document: DocumentNode;
}

/** Where a subgraph's schema is, from the project's folder. */
export function schemaFile(name: string): string {
  return `subgraphs/${name}/schema.graphql`;
}

/** Reads the schemas of all subgraphs, in the order of composition; those that cannot be read are faults. */
export function readSubgraphSources(project: string): { sources: SubgraphSource[]; faults: Fault[] } {
  const sources: SubgraphSource[] = [];
  const faults: Fault[] = [];
  for (const [name, { port }] of Object.entries(SUBGRAPHS)) {
    const file = schemaFile(name);
    try {
      const document = parse(new Source(readFileSync(join(project, file), 'utf8'), file));
      sources.push({ name, file, url: defaultUrl(port), document });
    } catch (error) {
      faults.push({ file, ...explain(error) });
    }
  }
  return { sources, faults };
}

function explain(error: unknown): Omit<Fault, 'file'> {
  if (error instanceof GraphQLError) return { line: error.locations?.[0]?.line, message: error.message, action: 'mend the syntax' };
  return { message: `cannot be read (${(error as Error).message})`, action: 'add the file, or take the subgraph out of schema/subgraphs.ts' };
}
