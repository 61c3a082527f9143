/**
 * How a document calls the directives that write rules of access. An import may rename them, and without an import they are there under the
 * name of their specification: what is not recognised would be a rule that nobody enforces, so that what looks like one is refused.
 */
import { type DirectiveNode, type DocumentNode, Kind, type ValueNode, visit } from 'graphql';
import { GIVEN_WITH, GIVEN_WITH_SPEC } from './access-inputs.ts';
import { DIRECTIVES, type DirectiveNames } from './access-rule.ts';

/** A specification that a document links to. */
interface Link {
  /** The specification's own name, such as `federation` or `requiresScopes`. */
  readonly spec: string;
  /** What its names begin with in this document. */
  readonly prefix: string;
  /** Names in this document by names in the specification. */
  readonly imports: ReadonlyMap<string, string>;
}

const KEYS = Object.keys(DIRECTIVES) as (keyof DirectiveNames)[];

/**
 * The names of the three directives in a subgraph's schema or a supergraph.
 * @throws Error where a directive that is used looks like one of them, but is none by the document's links.
 */
export function directiveNames(document: DocumentNode): DirectiveNames {
  const links = readLinks(document);
  const names = Object.fromEntries(KEYS.map((key) => [key, nameOf(key, links)])) as Record<keyof DirectiveNames, string>;
  if (new Set(Object.values(names)).size < KEYS.length) throw new Error('expected three names for the directives of access, got one for two of them');
  const known: ReadonlySet<string> = new Set([...Object.values(names), GIVEN_WITH]);
  visit(document, {
    [Kind.DIRECTIVE]: ({ name: { value } }) => {
      const own = value.split('__').at(-1) ?? value;
      const called = own === GIVEN_WITH ? GIVEN_WITH : names[own as keyof DirectiveNames];
      if (!known.has(value) && called !== undefined) throw new Error(`@${value} is used, but by the document's @link the directive is called @${called}`);
    },
  });
  return names;
}

/** Whether a `@link` of a schema is to the specification of directives of access and of nothing else. */
export function isAccessLink(link: DirectiveNode): boolean {
  const url = text(link.arguments?.find(({ name }) => name.value === 'url')?.value);
  return url?.startsWith(GIVEN_WITH_SPEC) || KEYS.some((key) => key === readLink(link)?.spec);
}

/** Of two links to the same directive both names would be good, and a reader of one of them would overlook the other. */
function nameOf(key: keyof DirectiveNames, links: readonly Link[]): string {
  const found = links.flatMap(({ spec, prefix, imports }) => {
    if (spec === key) return imports.get(`@${key}`)?.slice(1) ?? prefix;
    return spec === 'federation' ? (imports.get(`@${key}`)?.slice(1) ?? `${prefix}__${key}`) : [];
  });
  if (new Set(found).size > 1) throw new Error(`@${key} is linked under several names: ${found.join(', ')}`);
  return found[0] ?? key;
}

function readLinks(document: DocumentNode): Link[] {
  const schemas = document.definitions.filter(({ kind }) => kind === Kind.SCHEMA_DEFINITION || kind === Kind.SCHEMA_EXTENSION);
  return schemas.flatMap((definition) => ('directives' in definition ? (definition.directives ?? []) : []).flatMap((given) => readLink(given) ?? []));
}

/** By what it links to, for `@link` itself may be renamed. */
function readLink({ arguments: given }: DirectiveNode): Link | null {
  const values = new Map<string, ValueNode>(given?.map(({ name, value }) => [name.value, value]));
  const url = text(values.get('url'));
  const spec = /^https:\/\/specs\.apollo\.dev\/(\w+)\/v\d+\.\d+\/?$/.exec(url ?? '')?.[1];
  if (spec === undefined) return null;
  const list = values.get('import');
  const imports = (list?.kind === Kind.LIST ? list.values : list ? [list] : []).flatMap(readImport);
  return { spec, prefix: text(values.get('as')) ?? spec, imports: new Map(imports) };
}

/** `"@name"` or `{ name: "@name", as: "@other" }`. */
function readImport(node: ValueNode): [string, string][] {
  const plain = text(node);
  if (plain !== undefined) return [[plain, plain]];
  if (node.kind !== Kind.OBJECT) return [];
  const fields = new Map(node.fields.map(({ name, value }) => [name.value, text(value)]));
  const name = fields.get('name');
  return name === undefined ? [] : [[name, fields.get('as') ?? name]];
}

function text(node: ValueNode | undefined): string | undefined {
  return node?.kind === Kind.STRING ? node.value : undefined;
}
