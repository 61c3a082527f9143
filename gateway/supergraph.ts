import { readFileSync } from 'node:fs';
import { type DocumentNode, type GraphQLSchema, Kind, parse } from 'graphql';
import { argumentOf, directivesOf, schemaOf } from './join.ts';
import { readOverrideLabels } from './override-labels.ts';
import { type Policy, readPolicy, stripPolicies } from './policy/index.ts';

/** The composed supergraph as it was committed. */
export interface Supergraph {
  /** Where it comes from: a file or a URL. */
  readonly origin: string;
  /** Its text without the rules of access, which Apollo's gateway refuses to load. */
  readonly sdl: string;
  /** What it asks of callers. */
  readonly policy: Policy;
  /** Its types, the machinery of composition included. */
  readonly schema: GraphQLSchema;
  /** The labels of its progressive overrides. */
  readonly overrideLabels: readonly string[];
  /** The URL that the supergraph gives for each subgraph, by its name. */
  readonly urls: ReadonlyMap<string, string>;
}

/** There is no supergraph to run. */
export class SupergraphError extends Error {}

/**
 * Reads a supergraph's file. Nothing is composed here: what runs is what was reviewed.
 * @throws SupergraphError saying what to do when the file is missing, is no supergraph, or has a field that anybody might have because no rule says who may.
 */
export function readSupergraph(file: string): Supergraph {
  return parseSupergraph(readSupergraphFile(file), file);
}

/** The text of a supergraph's file. @throws SupergraphError saying what to do when it is missing */
export function readSupergraphFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SupergraphError(`cannot read ${file}: run npm run schema:compose, or set SUPERGRAPH_FILE`, { cause: error });
  }
}

/** The supergraph that `text` is; `origin` names it in errors. @throws SupergraphError as {@link readSupergraph} */
export function parseSupergraph(text: string, origin: string): Supergraph {
  try {
    const document = parse(text);
    const urls = readUrls(document);
    if (urls.size === 0) throw new Error('it names no subgraph');
    const schema = schemaOf(document);
    return { origin, sdl: stripPolicies(text), policy: readPolicyOf(origin, document), schema, urls, overrideLabels: readOverrideLabels(document) };
  } catch (error) {
    if (error instanceof SupergraphError) throw error;
    throw new SupergraphError(`${origin} is not a supergraph: ${(error as Error).message}`, { cause: error });
  }
}

function readPolicyOf(file: string, document: DocumentNode): Policy {
  try {
    return readPolicy(document);
  } catch (error) {
    throw new SupergraphError(`${file} does not say of everything who may ask for it: ${(error as Error).message}`, { cause: error });
  }
}

/** From `enum join__Graph { CALLS @join__graph(name: "calls", url: "http://…") … }`. */
function readUrls(document: DocumentNode): Map<string, string> {
  const urls = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const directive of (definition.values ?? []).flatMap((value) => directivesOf(value, 'join__graph')))
      urls.set(argumentOf(directive, 'name') ?? '', argumentOf(directive, 'url') ?? '');
  }
  return urls;
}
