/**
 * The shop of the public benchmark of gateways (graphql-hive/graphql-gateways-benchmark), in words of our own: four subgraphs, reviews in reviews,
 * a shipping estimate that `@requires` price and weight, an answer of some 88 kB. Every field that a subgraph can make depend on the visitor is
 * given one, so that no fetch of a unique request is that of another.
 */
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import type { Scenario } from './scenario.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@authenticated", "@requiresScopes", "@policy"])';

const SUBGRAPHS = {
  accounts: `${LINK}
    type Query @authenticated { users(visitor: ID!): [User!] }
    type User @key(fields: "id") @authenticated { id: ID! name: String username: String birthday: Int }`,
  inventory: `${LINK}
    type Product @key(fields: "upc") @authenticated {
      upc: String!
      weight: Int @external
      price: Int @external
      inStock: Boolean
      shippingEstimate(visitor: ID!): Int @requires(fields: "price weight") @requiresScopes(scopes: [["cases:all"], ["cases:read"]])
    }`,
  products: `${LINK}
    type Query @authenticated { topProducts(visitor: ID!, first: Int = 5): [Product!] }
    type Product @key(fields: "upc") @authenticated { upc: String! name: String price: Int weight: Int }`,
  reviews: `${LINK}
    type Review @key(fields: "id") @requiresScopes(scopes: [["cases:all"], ["cases:read"]]) @policy(policies: [["purpose"]]) {
      id: ID!
      body: String
      author: User
      product: Product
    }
    type User @key(fields: "id") @authenticated { id: ID! reviews(visitor: ID!): [Review!] }
    type Product @key(fields: "upc") @authenticated { upc: String! reviews(visitor: ID!): [Review!] }`,
};

const DOCUMENT = `fragment Person on User {
  id
  username
  name
}

fragment Opinion on Review {
  id
  body
}

fragment Goods on Product {
  inStock
  name
  price
  shippingEstimate(visitor: $visitor)
  upc
  weight
}

fragment Discussed on Product {
  ...Goods
  reviews(visitor: $visitor) {
    ...Opinion
    author {
      ...Person
      reviews(visitor: $visitor) {
        ...Opinion
        product {
          ...Goods
        }
      }
    }
  }
}

query Shop($visitor: ID!) {
  users(visitor: $visitor) {
    ...Person
    reviews(visitor: $visitor) {
      ...Opinion
      product {
        ...Discussed
      }
    }
  }
  topProducts(visitor: $visitor) {
    ...Discussed
  }
}`;

/** The scenario; composes its supergraph. */
export function shop(): Scenario {
  const composed = composeServices(
    Object.entries(SUBGRAPHS).map(([name, sdl]) => ({ name, url: `http://127.0.0.1/${name}`, typeDefs: parse(sdl, { noLocation: true }) })),
  );
  if (composed.errors) throw new Error(composed.errors.map(({ message }) => message).join('\n'));
  return {
    name: 'shop',
    description: 'four subgraphs, reviews in reviews, `@requires`, an answer of some 88 kB',
    supergraph: composed.supergraphSdl,
    subgraphs: SUBGRAPHS,
    document: DOCUMENT,
    operation: 'Shop',
    variables: (number) => ({ visitor: `visitor-${number}` }),
    unique: /visitor-\d+/g,
  };
}
