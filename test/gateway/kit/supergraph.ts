import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import type { FakeSubgraphParts } from './fake-subgraph.ts';
import { withRules } from './rules.ts';

/** Composes a graph into a file, with the usual ports, at which nothing listens. */
export function writeSupergraph(graph: readonly FakeSubgraphParts[]): { folder: string; file: string; remove(): void } {
  const { errors, supergraphSdl } = composeServices(
    graph.map(({ name, typeDefs }) => ({ name, typeDefs: withRules(typeDefs), url: `http://127.0.0.1:1/${name}` })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.join('\n'));
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraphSdl);
  return { folder, file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
