import { createHash } from 'node:crypto';

/** Random numbers that a seed repeats. */
export interface Chance {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  /** True in `percent` of all cases. */
  happens(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (below: number) => Math.floor(next() * below);
  return { number, happens: (percent) => number(100) < percent, pick: (from) => from[number(from.length)] as never };
}

/** A field of an entity. */
export interface Field {
  readonly name: string;
  readonly kind: 'scalar' | 'reference' | 'list' | 'interface' | 'union' | 'value';
  /** Of what: a scalar, or an entity. */
  readonly of: string;
  readonly nonNull: boolean;
  /** The subgraph that answers it; a shared one is answered by several. */
  readonly owners: readonly number[];
  readonly argument: boolean;
  /** The scalar field of another subgraph from which this one's value is made. */
  readonly requires: string | undefined;
}

/** An entity of a random supergraph. */
export interface Entity {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Some are in the graph's interface. */
  readonly inInterface: boolean;
}

/** A random supergraph: which subgraph can say what. What they say is a function of it, so that nothing else need be kept. */
export interface World {
  readonly seed: number;
  readonly subgraphs: number;
  /** Whether some fields may not be null. */
  readonly strict: boolean;
  readonly entities: readonly Entity[];
}

const SCALARS = ['String', 'Int', 'Boolean', 'Float', 'Colour'];

/** The world of a seed. */
export function createWorld(seed: number): World {
  const chance = createChance(seed);
  const subgraphs = 2 + chance.number(3);
  const strict = chance.happens(50);
  const names = Array.from({ length: 2 + chance.number(3) }, (_, index) => `T${index}`);
  const entities = names.map((name): Entity => {
    const fields: Field[] = [];
    const count = 3 + chance.number(6);
    for (let index = 0; index < count; index++) {
      const kind = chance.pick(['scalar', 'scalar', 'scalar', 'reference', 'list', 'interface', 'union', 'value'] as const);
      const owner = chance.number(subgraphs);
      const other = (owner + 1) % subgraphs;
      const shared = kind !== 'interface' && kind !== 'union' && chance.happens(20);
      const foreign = fields.filter((field) => field.kind === 'scalar' && !field.owners.includes(owner) && !field.argument && field.requires === undefined);
      const requires = kind === 'scalar' && !shared && foreign.length > 0 && chance.happens(50) ? chance.pick(foreign).name : undefined;
      fields.push({
        name: `${name.toLowerCase()}f${index}`,
        kind,
        of: kind === 'scalar' ? (requires ? 'String' : chance.pick(SCALARS)) : chance.pick(names),
        nonNull: strict && chance.happens(25),
        owners: shared ? [owner, other] : [owner],
        argument: kind === 'scalar' && requires === undefined && chance.happens(25),
        requires,
      });
    }
    return { name, fields, inInterface: chance.happens(70) };
  });
  return { seed, subgraphs, strict, entities };
}

const INTERFACE = 'Node';
const UNION = 'Any';

/** The members of the graph's interface. */
export function members(world: World): Entity[] {
  const found = world.entities.filter(({ inInterface }) => inInterface);
  return found.length > 0 ? found : world.entities.slice(0, 1);
}

/** The type of a field as it is written. */
export function typeOf(field: Field): string {
  const inner = { scalar: field.of, reference: field.of, list: `[${field.of}!]`, interface: `[${INTERFACE}!]`, union: UNION, value: 'Money' }[field.kind];
  return field.nonNull ? `${inner}!` : inner;
}

/** The schema of one of its subgraphs. */
export function schemaOf(world: World, subgraph: number): string {
  const inInterface = new Set(members(world));
  const types = world.entities.map((entity) => {
    const required = new Set(entity.fields.flatMap(({ requires, owners }) => (requires && owners.includes(subgraph) ? requires : [])));
    const lines = entity.fields.flatMap((field) => {
      const arguments_ = field.argument ? '(n: Int = 7)' : '';
      if (!field.owners.includes(subgraph)) return required.has(field.name) ? `  ${field.name}: ${typeOf(field)} @external` : [];
      const requires = field.requires ? ` @requires(fields: "${field.requires}")` : '';
      return `  ${field.name}${arguments_}: ${typeOf(field)}${field.owners.length > 1 ? ' @shareable' : ''}${requires}`;
    });
    const implements_ = inInterface.has(entity) ? ` implements ${INTERFACE}` : '';
    return `type ${entity.name}${implements_} @key(fields: "id") {\n  id: ID!\n${lines.join('\n')}\n}`;
  });
  const roots = world.entities.flatMap(({ name }, index) =>
    index % world.subgraphs === subgraph ? [`  one${name}(id: ID!): ${name}`, `  all${name}: [${name}!]!`] : [],
  );
  const everything = subgraph === 0 ? [`  nodes: [${INTERFACE}]`, `  anything: [${UNION}]`] : [];
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires"])
interface ${INTERFACE} { id: ID! }
union ${UNION} = ${world.entities.map(({ name }) => name).join(' | ')}
enum Colour { RED GREEN BLUE }
type Money @shareable { amount: Int currency: String! }
${types.join('\n')}
type Query {\n${[...roots, ...everything, `  alive${subgraph}: Boolean`].join('\n')}\n}`;
}

/** How many records each entity has. */
export const RECORDS = 4;

/** What is said of a record: a function of the seed, the record and the field. */
export function whatIsSaid(world: World, type: string, id: string, field: Field, argument: number, required: unknown): unknown {
  const bytes = createHash('sha256')
    .update(JSON.stringify([world.seed, type, id, field.name, argument, required]))
    .digest();
  const at = (index: number) => bytes[index] as number;
  if (at(0) < 12) return null;
  if (at(0) < 20) throw new Error(`no ${type}.${field.name} of ${id}`);
  const record = (name: string, number: number) => ({ __typename: name, id: String(number % RECORDS) });
  switch (field.kind) {
    case 'reference':
      return record(field.of, at(1));
    case 'list':
      return Array.from({ length: at(1) % 4 }, (_, index) => record(field.of, at(2 + index)));
    case 'interface':
      return Array.from({ length: at(1) % 4 }, (_, index) => record((members(world)[at(8 + index) % members(world).length] as Entity).name, at(2 + index)));
    case 'union':
      return record((world.entities[at(1) % world.entities.length] as Entity).name, at(2));
    case 'value':
      return { amount: at(1), currency: at(2) < 128 ? 'VND' : 'USD' };
    case 'scalar':
      return scalar(field, at(1), required);
  }
}

function scalar({ of, requires }: Field, byte: number, required: unknown): unknown {
  if (requires !== undefined) return `made of ${JSON.stringify(required ?? null)}`;
  if (of === 'Int') return byte;
  if (of === 'Float') return byte / 4;
  if (of === 'Boolean') return byte < 128;
  if (of === 'Colour') return ['RED', 'GREEN', 'BLUE'][byte % 3];
  return byte < 20 ? '' : `text ${byte}`;
}
