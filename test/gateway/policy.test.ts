import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildASTSchema, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Scope } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { readPolicy, stripPolicies } from '../../gateway/policy/index.ts';
import { findRefusals } from '../../gateway/policy/refusals.ts';
import { GUARDED_GRAPH } from './kit/guarded-graph.ts';

/** What is refused of operations, and of supergraphs. Ids of Apollo's advisories stand beside the tests of what they were about. */
const { supergraphSdl: SUPERGRAPH, schema } = compose(GUARDED_GRAPH.map(({ name, typeDefs }) => [name, typeDefs]));
const POLICY = readPolicy(parse(SUPERGRAPH));

const ANYBODY = caller([], { subject: null });
const READER = caller(['reference:read']);
const COORDINATOR = caller(['cases:all', 'access-log:read']);

describe('POL-01 a field that the caller may not have MUST be found', () => {
  it('as it is', () => expect(refused('{ secret { id } }')).toEqual(['Query.secret', 'Secret.id']));
  it('POL-02 under an alias, also one that is the name of an open field', () => {
    expect(refused('{ open: secret { note: id } }')).toEqual(['Query.secret at open', 'Secret.id at open.note']);
  });
  it('POL-03 in a fragment', () => expect(refused('{ note { ...F } } fragment F on Note { hidden }')).toEqual(['Note.hidden at note.hidden']));
  it('POL-04 in a fragment of a fragment', () => {
    expect(refused('{ note { ...F } } fragment F on Note { id ...G } fragment G on Thing { ...H } fragment H on Note { x: hidden }')).toEqual([
      'Note.hidden at note.x',
    ]);
  });
  it('POL-05 behind a type condition on an interface', () => {
    expect(refused('{ thing { ... on Secret { body } } }')).toEqual(['Secret.body at thing.body']);
    expect(refused('{ thing { ... on Note { id } } }')).toEqual([]);
  });
  it('POL-06 as a field of an interface, for every type behind it', () => {
    expect(refused('{ thing { id } }')).toEqual(['Secret.id at thing.id']);
    expect(refused('{ thing { label } }', COORDINATOR)).toEqual([]);
    expect(refused('{ thing { label } }', { ...COORDINATOR, subject: null })).toEqual(['Secret.label at thing.label']);
  });
  it('POL-07 where all types behind an interface ask for the same (GHSA-x33c-7c2v-mrj9)', () => {
    expect(refused('{ sealed { content } }')).toEqual(['Letter.content at sealed.content', 'Parcel.content at sealed.content']);
  });
  it('POL-08 of a union, as the name of its type', () => {
    expect(refused('{ either { __typename } }')).toEqual(['Secret.__typename at either.__typename']);
    expect(refused('{ either { ... on Note { __typename } } }')).toEqual([]);
    expect(refused('{ either { ... on Thing { label } } }')).toEqual(['Secret.label at either.label']);
  });
  it('POL-09 when nothing but the name of its type is asked for', () => {
    expect(refused('{ secret { __typename } }')).toEqual(['Query.secret', 'Secret.__typename']);
    expect(refused('{ __typename }', ANYBODY)).toEqual([]);
  });
  it('POL-10 whether or not @skip and @include would leave it out', () => {
    expect(refused('query ($v: Boolean!) { secret @include(if: $v) { id } }', READER, { v: false })).toEqual(['Query.secret', 'Secret.id']);
    expect(refused('{ note { ... @skip(if: true) { hidden } } }')).toEqual(['Note.hidden at note.hidden']);
  });
  it('POL-11 in a mutation', () => {
    expect(refused('mutation { forget }')).toEqual(['Mutation.forget']);
    expect(refused('mutation { forget }', caller(['victims:act']))).toEqual([]);
  });
  it('POL-12 by a fragment that was followed before for another type', () => {
    const fragment = 'fragment F on Thing { id }';
    expect(refused(`{ note { ...F } thing { ...F } } ${fragment}`)).toEqual(['Secret.id at thing.id']);
    expect(refused(`{ note { related { ...F } ...F } } ${fragment}`)).toEqual(['Secret.id at note.related.id']);
  });
  it('POL-13 in the operation that runs, and in no other', () => {
    expect(refused('query A { open } query B { secret { id } }')).toEqual([]);
    expect(refused('query B { secret { id } } query A { open }')).toEqual(['Query.secret', 'Secret.id']);
  });
  it('POL-14 but not in a fragment that nothing spreads, nor for a type that cannot come', () => {
    const document = parse('{ note { id } } fragment F on Secret { body }');
    expect(refusals(document, READER)).toEqual([]);
    expect(refused('{ note { ... on Thing { id ... on Secret { body } } } }')).toEqual([]);
  });
  it('POL-15 when its type is what may not be had', () => expect(refused('{ byColour }')).toEqual(['Query.byColour']));
  it('POL-16 of a kind of operation that the graph has none of', () => {
    expect(refusals(parse('subscription { open }'), COORDINATOR)).toEqual(['subscription at ']);
  });
  it('POL-17 when the schema knows it and the rules do not', () => {
    const stranger = buildASTSchema(parse('type Query { open: Int unheardOf: Int }'));
    expect(refusals(parse('{ open unheardOf }'), COORDINATOR, {}, stranger)).toEqual(['Query.unheardOf at unheardOf']);
  });
  it('POL-18 under response names that are members of objects', () => {
    expect(refused('{ __proto__: note { constructor: hidden } }')).toEqual(['Note.hidden at __proto__.constructor']);
  });
});

describe('POL-20 an argument of a type that the caller may not give MUST be found', () => {
  const COUNT = ['Query.count(colour:) at count'];
  it('as a literal', () => expect(refused('{ count(colour: RED) }')).toEqual(COUNT));
  it('as a variable', () => expect(refused('query ($c: Colour) { count(colour: $c) }', READER, { c: 'RED' })).toEqual(COUNT));
  it('as a variable’s default', () => expect(refused('query ($c: Colour = RED) { count(colour: $c) }')).toEqual(COUNT));
  it('in a list, or as a list’s only item', () => {
    expect(refused('{ count(colours: [RED]) }')).toEqual(['Query.count(colours:) at count']);
    expect(refused('{ count(colours: RED) }')).toEqual(['Query.count(colours:) at count']);
    expect(refused('query ($c: Colour!) { count(colours: [$c]) }', READER, { c: 'RED' })).toEqual(['Query.count(colours:) at count']);
  });
  it('deep in an object, written out or by a variable', () => {
    const filter = ['Query.count(filter:) at count'];
    expect(refused('{ count(filter: { inner: { colour: RED } }) }')).toEqual(filter);
    expect(refused('query ($f: Filter) { count(filter: $f) }', READER, { f: { inner: { inner: { colour: 'RED' } } } })).toEqual(filter);
    expect(refused('query ($c: Colour) { count(filter: { colour: $c }) }', READER, { c: null })).toEqual(filter);
    expect(refused('query ($f: Filter = { colour: RED }) { count(filter: $f) }')).toEqual(filter);
  });
  it('and what does not have it is open', () => {
    expect(refused('query ($f: Filter) { count(filter: $f) }', READER, { f: { above: 1 } })).toEqual([]);
    expect(refused('{ count(colour: RED) }', caller(['reference:read', 'statistics:exact']))).toEqual([]);
  });
});

describe('POL-25 a field of an input that the caller may not give MUST be found', () => {
  const ASKED = ['Query.count(filter:) at count'];
  it('written out, by a variable, and deep in the object', () => {
    expect(refused('{ count(filter: { above: 1, owner: "n" }) }')).toEqual(ASKED);
    expect(refused('query ($o: String) { count(filter: { owner: $o }) }', READER, {})).toEqual(ASKED);
    expect(refused('query ($f: Filter) { count(filter: $f) }', READER, { f: { inner: { owner: 'n' } } })).toEqual(ASKED);
    expect(refused('query ($f: Filter = { owner: null }) { count(filter: $f) }')).toEqual(ASKED);
  });
  it('and the rest of the input is open, as is all of it to who may', () => {
    expect(refused('{ count(filter: { above: 1 }) }')).toEqual([]);
    expect(refused('{ count(filter: { owner: "n" }) }', caller(['victims:read']))).toEqual([]);
  });
  it('also of the real schema: who may not read a detail of persons may not ask for those who have it', () => {
    const schemaOf = (name: string) => readFileSync(resolve(import.meta.dirname, `../../subgraphs/${name}/schema.graphql`), 'utf8');
    const real = compose(Object.keys(SUBGRAPHS).map((name) => [name, schemaOf(name)]));
    const policy = readPolicy(parse(real.supergraphSdl));
    const found = (filter: string) => {
      const document = parse(`{ referralCase(id: "1") { victims(filter: ${filter}) { totalCount } } }`);
      return findRefusals(asked(document, {}, real.schema), policy, COORDINATOR).map(({ coordinate }) => coordinate);
    };
    expect(found('{ legalStatus: VICTIM }')).toEqual([]);
    for (const detail of ['sex: FEMALE', 'ageBand: AGE_15', 'purpose: OTHER', 'province: "VN34:01"', 'destinationCountry: "VN"']) {
      expect(found(`{ ${detail} }`), detail).toEqual(['ReferralCase.victims(filter:)']);
    }
  });
});

describe('POL-30 rules that hold', () => {
  it('are the type’s, and the field’s, and those of the type that it leads to', () => {
    expect(refused('{ secret { id body } }', COORDINATOR)).toEqual(['Secret.body at secret.body']);
    expect(refused('{ secret { id body } }', caller(['victims:read', 'reference:read']))).toEqual([]);
  });
  it('name of several lists of scopes one, and all of that', () => {
    expect(refused('{ note { hidden } }', caller(['cases:all']))).toEqual(['Note.hidden at note.hidden']);
    expect(refused('{ note { hidden } }', caller(['cases:all', 'access-log:read']))).toEqual([]);
  });
  it('say of a purpose that it is missing only where nothing else is', () => {
    const missing = (who: Caller) => findRefusals(asked(parse('{ note { hidden } }')), POLICY, who).map((one) => one.missing);
    expect(missing(READER)).toEqual(['scopes']);
    expect(missing({ ...COORDINATOR, purpose: null })).toEqual(['purpose']);
  });
  it('POL-31 are those of what a field requires of another service, also where composition left them out (GHSA-m8jr-fxqx-8xx6)', () => {
    const digest = /(digest: String @join__field\(graph: CALLS, requires: "hidden"\)) @requiresScopes.*/;
    expect(SUPERGRAPH).toMatch(digest);
    const bare = readPolicy(parse(SUPERGRAPH.replace(digest, '$1')));
    expect(findRefusals(asked(parse('{ note { digest } }')), bare, READER).map(({ coordinate }) => coordinate)).toEqual(['Note.digest']);
  });
});

describe('POL-40 a supergraph', () => {
  it('MUST be read with directives that an import renames (GHSA-g8jh-vg5j-4h3f)', () => {
    const renamed = compose(
      GUARDED_GRAPH.map(({ name, typeDefs }) => [
        name,
        typeDefs
          .replace('"@requiresScopes", "@policy"', '{ name: "@requiresScopes", as: "@needs" }, { name: "@policy", as: "@if" }')
          .replaceAll('@requiresScopes(', '@needs(')
          .replaceAll('@policy(', '@if('),
      ]),
    ).supergraphSdl;
    expect(renamed).toMatch(/Secret[^{]+@needs\(/);
    const found = findRefusals(asked(parse('{ secret { body } }')), readPolicy(parse(renamed)), COORDINATOR);
    expect(found.map(({ coordinate }) => coordinate)).toEqual(['Secret.body']);
    expect(stripPolicies(renamed)).not.toMatch(/@needs|@if\b|@authenticated|requiresScopes|policy__/);
  });

  it('POL-41 MUST be read with directives under the name of their specification', () => {
    const namespaced = SUPERGRAPH.replaceAll('@requiresScopes', '@federation__requiresScopes')
      .replaceAll(/@link\(url: "https:\/\/specs.apollo.dev\/requiresScopes\/v0.1", for: SECURITY\)/g, '@link(url: "https://specs.apollo.dev/federation/v2.9")')
      .replaceAll('@policy(', '@federation__policy(')
      .replaceAll(/@link\(url: "https:\/\/specs.apollo.dev\/policy\/v0.1", for: SECURITY\)/g, '')
      .replaceAll('@authenticated', '@federation__authenticated')
      .replaceAll(/@link\(url: "https:\/\/specs.apollo.dev\/authenticated\/v0.1", for: SECURITY\)/g, '');
    const found = findRefusals(asked(parse('{ secret { body } }')), readPolicy(parse(namespaced)), COORDINATOR);
    expect(found.map(({ coordinate }) => coordinate)).toEqual(['Secret.body']);
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    [
      'POL-42 with a field without a rule',
      /open: Int (@join__field\(graph: AGENCIES\) )?@requiresScopes\(.*/,
      'open: Int',
      /^Query\.open: a field without a rule$/,
    ],
    [
      'POL-43 with a directive under a name that nobody gave it',
      '@requiresScopes(scopes: [["victims:act"]])',
      '@own__requiresScopes(scopes: [["x"]])',
      /@own__requiresScopes is used/,
    ],
    [
      'POL-44 with a rule that cannot be read',
      '@requiresScopes(scopes: [["victims:act"]])',
      '@requiresScopes(scopes: ["victims:act"])',
      /rule of forget cannot be read/,
    ],
    [
      'POL-45 with two rules of a kind',
      '@requiresScopes(scopes: [["victims:act"]])',
      '@requiresScopes(scopes: [["a"]]) @requiresScopes(scopes: [["b"]])',
      /expected @requiresScopes once/,
    ],
    ['POL-46 that links to a directive twice', 'schema\n', 'schema @link(url: "https://specs.apollo.dev/federation/v2.9")\n', /linked under several names/],
    [
      'POL-47 with a rule on an interface that its types have not (GHSA-mx7m-j9xf-62hw)',
      'interface Thing\n',
      'interface Thing @authenticated\n',
      /the interface Thing has a rule that its types have not/,
    ],
    ['POL-48 that extends a type', /$/, 'extend type Note { more: Int }', /extend Note: expected a composed supergraph/],
    ['POL-49 with a field that takes something from a context', 'graph: CALLS, requires: "hidden"', 'graph: CALLS, contextArguments: []', /from a context/],
  ])('%s MUST be refused', (_name, from, to, message) => {
    const changed = SUPERGRAPH.replace(from, to);
    expect(changed).not.toBe(SUPERGRAPH);
    expect(() => readPolicy(parse(changed))).toThrow(message);
  });

  it('has nothing of them for Apollo’s gateway', () => {
    const stripped = stripPolicies(SUPERGRAPH);
    expect(stripped).not.toMatch(/authenticated|requiresScopes|policy/);
    expect(parse(stripped).definitions.filter(({ kind }) => kind === Kind.OBJECT_TYPE_DEFINITION)).toHaveLength(7);
  });
});

describe('POL-50 the work', () => {
  it('MUST NOT grow as the paths through fragments do', () => {
    // 2^40 paths.
    const bomb = Array.from({ length: 40 }, (_, n) => `fragment F${n} on Thing { a: related { ...F${n + 1} } b: related { ...F${n + 1} } }`).join(' ');
    const began = performance.now();
    expect(refusals(parse(`{ thing { ...F0 } } ${bomb} fragment F40 on Thing { ... on Note { hidden } }`), READER)).toContain(
      `Note.hidden at thing${'.a'.repeat(40)}.hidden`,
    );
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('MUST NOT grow as the ways do in which type conditions nest', () => {
    const nested = Array.from(
      { length: 40 },
      (_, n) => `fragment F${n} on Thing { ...F${n + 1} ... on Note { ...F${n + 1} } ... on Secret { ...F${n + 1} } }`,
    ).join(' ');
    const began = performance.now();
    expect(refusals(parse(`{ thing { ...F0 } } ${nested} fragment F40 on Thing { id }`), READER)).toEqual(['Secret.id at thing.id']);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

/** What is refused of the first operation of a valid document; ` at …` where the path is not that of the coordinate alone. */
function refused(query: string, who: Caller = READER, variables: Record<string, unknown> = {}): string[] {
  const document = parse(query);
  const unused = new Set(['Fragment "F" is never used.']);
  expect(validate(schema, document).filter(({ message }) => !unused.has(message))).toEqual([]);
  const short = /^(Query|Mutation)\.(\w+) at \2$|^Secret\.(id|__typename) at secret\.\3$/;
  return refusals(document, who, variables).map((found) => (short.test(found) ? found.replace(/ at .*/, '') : found));
}

function refusals(document: ReturnType<typeof parse>, who: Caller, variables: Record<string, unknown> = {}, api: GraphQLSchema = schema): string[] {
  return findRefusals(asked(document, variables, api), POLICY, who).map(({ coordinate, path }) => `${coordinate} at ${path.join('.')}`);
}

function asked(document: ReturnType<typeof parse>, variables: Record<string, unknown> = {}, api: GraphQLSchema = schema) {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('no operation');
  return { schema: api, document, operation, variables };
}

function caller(scopes: readonly Scope[], rest: Partial<Caller> = {}): Caller {
  return { subject: 'somebody', agency: null, scopes: [...new Set<Scope>(['reference:read', ...scopes])], purpose: 'COORDINATION', ...rest };
}

function compose(subgraphs: readonly (readonly [name: string, typeDefs: string])[]): { supergraphSdl: string; schema: GraphQLSchema } {
  const result = composeServices(subgraphs.map(([name, typeDefs]) => ({ name, typeDefs: parse(typeDefs), url: `http://127.0.0.1:1/${name}` })));
  if (result.errors) throw new Error(result.errors.join('\n'));
  return { supergraphSdl: result.supergraphSdl, schema: result.schema.toAPISchema().toGraphQLJSSchema() };
}
