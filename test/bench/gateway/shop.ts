/**
 * The shop: four subgraphs like those of the public benchmarks of federation gateways (users, products, what is in stock, reviews), and the
 * operation that goes from users to reviews to products and back. Data are made by rule, so that every run has the same answer.
 *
 * `visit` changes no answer. It makes the requests of clients unlike each other, at every fetch, so that a gateway cannot answer two of them by one.
 */

import { buildSchema, graphql } from 'graphql';

interface Keyed {
  readonly __typename: string;
}
interface Shopper extends Keyed {
  readonly id: string;
  readonly name: string;
  readonly username: string;
}
interface Product extends Keyed {
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
  readonly inStock: boolean;
}
interface Review extends Keyed {
  readonly id: string;
  readonly body: string;
  readonly author: Shopper;
  readonly product: Product;
}

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@requires", "@provides", "@external", "@shareable", "@authenticated"])';

const users: readonly Shopper[] = Array.from({ length: 6 }, (_, index) => ({
  __typename: 'User',
  id: String(index + 1),
  name: `Khách hàng ${index + 1}`,
  username: `khach${index + 1}`,
}));
const products: readonly Product[] = Array.from({ length: 9 }, (_, index) => ({
  __typename: 'Product',
  upc: String(index + 1),
  name: `Mặt hàng ${index + 1}`,
  price: 100 + 313 * index,
  weight: 50 + 37 * index,
  inStock: index % 3 !== 2,
}));
/** Each user has written two reviews, of products that others write about too: that is what makes the answer large. */
const reviews: readonly Review[] = users.flatMap((author, index) =>
  [index % 4, (index + 1) % 4].map((at, turn) => ({
    __typename: 'Review',
    id: String(2 * index + turn + 1),
    body: `${author.name}, ${turn + 1}. ${'A sentence that somebody wrote about something that they bought. '.repeat(5 + ((index + turn) % 4))}`,
    author,
    product: nth(products, at),
  })),
);

/** The subgraphs: schema, root fields, and entities with their fields by the type's name. */
export const SHOP = [
  {
    name: 'accounts',
    typeDefs: `${LINK}
      type Query { users(visit: String): [User!] @authenticated }
      type User @key(fields: "id") @authenticated { id: ID! name(visit: String): String username: String @shareable }`,
    resolvers: { Query: { users: () => users }, User: { __resolveReference: ({ id }: { id: string }) => found(users, (user) => user.id === id) } },
  },
  {
    name: 'products',
    typeDefs: `${LINK}
      type Query { topProducts(first: Int = 5, visit: String): [Product!] @authenticated }
      type Product @key(fields: "upc") @authenticated { upc: String! name(visit: String): String price: Int weight: Int }`,
    resolvers: {
      Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first) },
      Product: { __resolveReference: ({ upc }: { upc: string }) => productOf(upc) },
    },
  },
  {
    name: 'inventory',
    typeDefs: `${LINK}
      type Product @key(fields: "upc") @authenticated {
        upc: String! price: Int @external weight: Int @external
        inStock: Boolean shippingEstimate(visit: String): Int @requires(fields: "price weight")
      }`,
    resolvers: {
      Product: {
        // What the gateway sent for @requires is what the estimate is made of.
        __resolveReference: ({ upc, price, weight }: { upc: string; price?: number; weight?: number }) => ({
          __typename: 'Product',
          upc,
          inStock: productOf(upc).inStock,
          shippingEstimate: price === undefined || weight === undefined ? null : shippingEstimate({ price, weight }),
        }),
      },
    },
  },
  {
    name: 'reviews',
    typeDefs: `${LINK}
      type Review @key(fields: "id") @authenticated { id: ID! body: String author: User @provides(fields: "username") product: Product }
      type User @key(fields: "id") @authenticated { id: ID! username: String @external reviews(visit: String): [Review!] }
      type Product @key(fields: "upc") @authenticated { upc: String! reviews(visit: String): [Review!] }`,
    resolvers: {
      User: {
        __resolveReference: ({ id }: { id: string }) => found(users, (user) => user.id === id),
        reviews: ({ id }: { id: string }) => reviews.filter(({ author }) => author.id === id),
      },
      Product: {
        __resolveReference: ({ upc }: { upc: string }) => productOf(upc),
        reviews: ({ upc }: { upc: string }) => reviews.filter(({ product }) => product.upc === upc),
      },
      Review: { __resolveReference: ({ id }: { id: string }) => found(reviews, (review) => review.id === id) },
    },
  },
];

/** What clients ask; `$visit` is any text. */
export const SHOP_OPERATION = `query Shop($visit: String) {
  users(visit: $visit) {
    ...Person
    reviews(visit: $visit) { ...Words product { ...Goods reviews(visit: $visit) { ...Words author { ...Person reviews(visit: $visit) { ...Words product { ...Goods } } } } } }
  }
  topProducts(visit: $visit) {
    ...Goods
    reviews(visit: $visit) { ...Words author { ...Person reviews(visit: $visit) { ...Words product { ...Goods } } } }
  }
}
fragment Person on User { id username name(visit: $visit) }
fragment Words on Review { id body }
fragment Goods on Product { inStock name(visit: $visit) price shippingEstimate(visit: $visit) upc weight }`;

/** The data that {@link SHOP_OPERATION} must get, found without a federation: by graphql-js over the same records as one schema. */
export async function expectedData(): Promise<unknown> {
  const whole = buildSchema(`
    type Query { users(visit: String): [User!] topProducts(visit: String): [Product!] }
    type User { id: ID! name(visit: String): String username: String reviews(visit: String): [Review!] }
    type Review { id: ID! body: String author: User product: Product }
    type Product {
      upc: String! name(visit: String): String price: Int weight: Int inStock: Boolean shippingEstimate(visit: String): Int reviews(visit: String): [Review!]
    }`);
  const ofUser = (user: Shopper): object => ({ ...user, reviews: () => reviews.filter(({ author }) => author.id === user.id).map(ofReview) });
  const ofReview = ({ author, product, ...review }: Review): object => ({ ...review, author: () => ofUser(author), product: () => ofProduct(product) });
  const ofProduct = (product: Product): object => ({
    ...product,
    shippingEstimate: shippingEstimate(product),
    reviews: () => reviews.filter((review) => review.product.upc === product.upc).map(ofReview),
  });
  const rootValue = { users: users.map(ofUser), topProducts: products.slice(0, 5).map(ofProduct) };
  const { data, errors } = await graphql({ schema: whole, source: SHOP_OPERATION, rootValue, variableValues: { visit: 'visit' } });
  if (errors) throw new AggregateError(errors, 'the shop answers with errors');
  return JSON.parse(JSON.stringify(data));
}

function shippingEstimate({ price, weight }: Pick<Product, 'price' | 'weight'>): number {
  return price > 1_000 ? 0 : Math.round(weight / 2);
}

function productOf(upc: string): Product {
  return found(products, (product) => product.upc === upc);
}

function nth<T>(values: readonly T[], index: number): T {
  return found(values, (_, position) => position === index);
}

function found<T>(values: readonly T[], is: (value: T, index: number) => boolean): T {
  const value = values.find(is);
  if (value === undefined) throw new Error('expected something of the shop');
  return value;
}
