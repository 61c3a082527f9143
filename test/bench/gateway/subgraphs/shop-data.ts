/** What the shop's subgraphs know: resolvers by subgraph, for @apollo/subgraph. The visitor who asks changes nothing. */
import type { GraphQLResolverMap } from './server-schema.ts';

interface Named {
  readonly id: string;
}
interface Goods {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const USERS = ['An Nguyễn', 'Bình Trần', 'Chi Lê', 'Dũng Phạm', 'Hà Hoàng', 'Khánh Vũ'].map((name, index) => ({
  id: String(index + 1),
  name,
  username: `khach-${index + 1}`,
  birthday: 1980 + index,
}));

const PRODUCTS = [
  { upc: '1', name: 'Bàn gỗ', price: 899, weight: 100 },
  { upc: '2', name: 'Ghế dài', price: 1299, weight: 1000 },
  { upc: '3', name: 'Cốc thuỷ tinh', price: 15, weight: 20 },
  { upc: '4', name: 'Ghế tựa', price: 499, weight: 100 },
  { upc: '5', name: 'Máy thu hình', price: 1299, weight: 1000 },
  { upc: '6', name: 'Đèn bàn', price: 6999, weight: 300 },
];

const OF_PRODUCT = ['1', '1', '1', '1', '2', '2', '2', '2', '3', '4', '4'];
const SENTENCES = [
  'It arrived on the day that was promised, in two boxes, with all its screws and a plan that a child could follow.',
  'The colour is a little darker than in the picture, which suits the room better than what we had in mind.',
  'After half a year of daily use nothing is loose, and the surface has no mark that a damp cloth did not take away.',
  'We would have liked a longer cable, and somebody who answers the telephone; otherwise there is nothing to wish for.',
];
const REVIEWS = OF_PRODUCT.map((upc, index) => ({
  id: String(index + 1),
  body: Array.from({ length: 2 + ((index + 1) % 3) }, (_, part) => SENTENCES[(index + part) % SENTENCES.length]).join(' '),
  author: { __typename: 'User', id: '1' },
  product: { __typename: 'Product', upc },
}));

const userById = ({ id }: Named) => USERS.find((user) => user.id === id);

export const SHOP: Readonly<Record<string, GraphQLResolverMap>> = {
  accounts: {
    Query: { users: () => USERS },
    User: { __resolveReference: userById },
  },
  inventory: {
    Product: {
      __resolveReference: (goods: Goods) => ({ ...goods, inStock: Number(goods.upc) % 2 === 1 }),
      shippingEstimate: ({ price = 0, weight = 0 }: Goods) => (price > 1000 ? 0 : Math.floor(weight / 2)),
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { readonly first: number }) => PRODUCTS.slice(0, first) },
    Product: { __resolveReference: ({ upc }: Goods) => PRODUCTS.find((product) => product.upc === upc) },
  },
  reviews: {
    User: { reviews: () => REVIEWS.slice(0, 2) },
    Product: { reviews: ({ upc }: Goods) => REVIEWS.filter(({ product }) => product.upc === upc) },
    Review: { __resolveReference: ({ id }: Named) => REVIEWS.find((review) => review.id === id) },
  },
};
