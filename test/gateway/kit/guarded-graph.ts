import type { FakeSubgraphParts } from './fake-subgraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@authenticated", "@requiresScopes", "@policy", "@composeDirective"])`;
const GIVEN_WITH = `
      extend schema @link(url: "https://hotline-111.invalid/access/v1.0", import: ["@givenWith"]) @composeDirective(name: "@givenWith")
      directive @givenWith(scopes: [[String!]!]!) on INPUT_FIELD_DEFINITION`;
const ANYBODY = '@requiresScopes(scopes: [["reference:read"]])';
const FEW = '@requiresScopes(scopes: [["victims:read"], ["cases:all", "access-log:read"]]) @policy(policies: [["purpose"]])';

/** Under names of the real services, whose URLs the configuration can have: notes are for everybody, secrets for officers (`victims:read`) and coordinators who say why; two services, an interface, a union, an enum with a rule. */
export const GUARDED_GRAPH: readonly FakeSubgraphParts[] = [
  {
    name: 'agencies',
    typeDefs: /* GraphQL */ `
      ${LINK}
      ${GIVEN_WITH}
      type Query {
        open: Int ${ANYBODY}
        note: Note ${ANYBODY}
        secret: Secret ${ANYBODY}
        thing: Thing ${ANYBODY}
        either: Either ${ANYBODY}
        sealed: Sealed ${ANYBODY}
        count(colour: Colour, colours: [Colour!], filter: Filter): Int ${ANYBODY}
        byColour: Colour ${ANYBODY}
      }
      type Mutation {
        forget: Boolean @requiresScopes(scopes: [["victims:act"]])
      }
      interface Thing {
        id: ID!
        label: String
        related: Thing
      }
      type Note implements Thing @key(fields: "id") ${ANYBODY} {
        id: ID!
        label: String
        related: Thing
        owner: Person
        hidden: String ${FEW}
      }
      type Secret implements Thing @key(fields: "id") ${FEW} {
        id: ID!
        label: String @authenticated
        related: Thing
        body: String @requiresScopes(scopes: [["victims:read"]])
      }
      interface Sealed {
        content: String
      }
      type Letter implements Sealed {
        content: String ${FEW}
      }
      type Parcel implements Sealed {
        content: String ${FEW}
      }
      type Person ${ANYBODY} {
        name: String @authenticated
      }
      union Either = Note | Secret
      enum Colour @requiresScopes(scopes: [["statistics:exact"]]) {
        RED
        BLUE
      }
      input Filter {
        colour: Colour
        owner: String @givenWith(scopes: [["victims:read"]])
        above: Int
        inner: Filter
      }
    `,
    resolvers: {
      Query: {
        open: () => 7,
        note: () => ({ id: 'n', label: 'a note', hidden: 'hidden' }),
        secret: () => ({ id: 's', label: 'a secret', body: 'psst' }),
        thing: () => ({ __typename: 'Secret', id: 's', label: 'a secret', body: 'psst' }),
        either: () => ({ __typename: 'Secret', id: 's' }),
        count: () => 1,
      },
      Mutation: { forget: () => true },
      Note: { __resolveReference: ({ id }: { id: string }) => ({ id, label: 'a note', hidden: 'hidden' }) },
    },
  },
  {
    name: 'calls',
    typeDefs: /* GraphQL */ `
      ${LINK}
      type Note @key(fields: "id") ${ANYBODY} {
        id: ID!
        hidden: String @external
        digest: String @requires(fields: "hidden") ${FEW}
      }
    `,
    resolvers: { Note: { __resolveReference: (note: object) => note, digest: ({ hidden }: { hidden: string }) => `digest of ${hidden}` } },
  },
];
