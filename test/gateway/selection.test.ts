import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readSelection } from '../../gateway/selection.ts';

const schema = buildSchema(/* GraphQL */ `
  type Query { statistics: [Cell!]! province: Province agency: Body }
  type Mutation { forget: Boolean }
  interface Body { id: ID! name: String }
  type Agency implements Body { id: ID! name: String parent: String }
  type Province { id: ID! name: String code: String! }
  type Cell { id: ID! calls: Int victims: Int }
  union Place = Province | Agency
`);

describe('what a fetch asks for', () => {
  it('of the root, under the names of the answer', () => {
    expect(readSelection('query Q { now: statistics { id } province { id } __typename }', schema).root()).toEqual({
      names: ['now', 'province'],
      nullable: ['province'],
    });
  });

  it('of the root of a mutation', () => {
    expect(readSelection('mutation { forget }', schema).root()).toEqual({ names: ['forget'], nullable: ['forget'] });
  });

  it('of entities, by their types, with aliases and fragments', () => {
    const selection = readSelection(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) {
          __typename
          ... on Cell { total: calls ...Rest }
          ... on Province { code name }
          ... on Body { name }
          ... on Place { ... on Agency { parent } }
        }
      }
      fragment Rest on Cell { victims calls }`,
      schema,
    );
    expect(selection.entity('Cell')).toEqual({ names: ['total', 'victims', 'calls'], nullable: ['total', 'victims', 'calls'] });
    expect(selection.entity('Province')).toEqual({ names: ['code', 'name'], nullable: ['name'] });
    expect(selection.entity('Agency')).toEqual({ names: ['name', 'parent'], nullable: ['name', 'parent'] });
    expect(selection.entity('Unknown')).toEqual({ names: [], nullable: [] });
  });

  it('is not read before it is needed', () => {
    expect(() => readSelection('this is no GraphQL', schema)).not.toThrow();
  });
});
