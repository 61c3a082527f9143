import { type Chance, type Entity, members, RECORDS, type World } from './world.ts';

/** An operation that is valid in a world. */
export interface RandomOperation {
  readonly document: string;
  readonly variables: Record<string, unknown>;
}

const DEPTH = 4;

/** Makes up an operation: nested, with aliases, arguments, fragments of all kinds, conditions and type names. */
export function randomOperation(world: World, chance: Chance): RandomOperation {
  const fragments: string[] = [];
  let aliases = 0;
  const alias = () => (chance.happens(25) ? `a${aliases++}: ` : '');
  const condition = () => (chance.happens(10) ? ` @${chance.pick(['skip', 'include'])}(if: $${chance.pick(['yes', 'no'])})` : '');

  const selectionOf = (entity: Entity, depth: number): string => {
    const lines = chance.happens(70) ? [`${alias()}id`] : ['__typename'];
    if (chance.happens(20)) lines.push(`${alias()}__typename`);
    for (const field of entity.fields) {
      if (!chance.happens(depth === DEPTH ? 75 : 45)) continue;
      const nested = nestedOf(field.kind, field.of, depth);
      if (nested === undefined) continue;
      const name = field.argument && chance.happens(70) ? `a${aliases++}: ${field.name}(n: ${chance.pick(['1', '2', '$n'])})` : `${alias()}${field.name}`;
      lines.push(`${name}${condition()}${nested}`);
    }
    const [first = '', ...others] = lines;
    if (others.length > 1 && chance.happens(25)) return `{ ${first} ... on ${entity.name}${condition()} { ${others.join(' ')} } }`;
    if (others.length > 1 && chance.happens(20)) {
      fragments.push(`fragment F${fragments.length} on ${entity.name} { ${others.join(' ')} }`);
      return `{ ${first} ...F${fragments.length - 1}${condition()} }`;
    }
    return `{ ${lines.join(' ')} }`;
  };
  const nestedOf = (kind: string, of: string, depth: number): string | undefined => {
    if (kind === 'scalar') return '';
    if (kind === 'value') return ` { ${chance.pick(['amount', 'currency', 'amount currency', `${alias()}amount currency __typename`])} }`;
    if (depth <= 1) return undefined;
    if (kind === 'interface') return ` ${abstractSelection(members(world), depth - 1, true)}`;
    if (kind === 'union') return ` ${abstractSelection(world.entities, depth - 1, false)}`;
    return ` ${selectionOf(world.entities.find(({ name }) => name === of) as Entity, depth - 1)}`;
  };
  const abstractSelection = (entities: readonly Entity[], depth: number, hasId: boolean): string => {
    const common = hasId && chance.happens(60) ? `${alias()}id` : '__typename';
    const parts = entities.filter(() => chance.happens(60)).map((entity) => `... on ${entity.name}${condition()} ${selectionOf(entity, depth)}`);
    return `{ ${[common, ...parts].join(' ')} }`;
  };

  const roots = Array.from({ length: 1 + chance.number(3) }, (_, index) => {
    const entity = chance.pick(world.entities);
    return chance.pick([
      () => `r${index}: all${entity.name} ${selectionOf(entity, DEPTH)}`,
      () => `r${index}: one${entity.name}(id: "${chance.number(RECORDS + 1)}") ${selectionOf(entity, DEPTH)}`,
      () => `r${index}: nodes ${abstractSelection(members(world), DEPTH - 1, true)}`,
      () => `r${index}: anything ${abstractSelection(world.entities, DEPTH - 1, false)}`,
      () => `r${index}: alive${chance.number(world.subgraphs)}`,
    ])();
  });
  const body = [`{ ${roots.join(' ')} }`, ...fragments].join('\n');
  const variables = { yes: chance.happens(50), no: chance.happens(50), n: chance.number(5) };
  const used = (name: string) => new RegExp(`\\$${name}\\b`).test(body);
  const declared = [...(used('yes') ? ['$yes: Boolean!'] : []), ...(used('no') ? ['$no: Boolean = true'] : []), ...(used('n') ? ['$n: Int'] : [])];
  const given = Object.fromEntries(Object.entries(variables).filter(([name]) => used(name) && (name !== 'no' || variables.no)));
  return { document: `query Random${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body}`, variables: given };
}
