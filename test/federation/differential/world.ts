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
  readonly kind: 'scalar' | 'reference' | 'list' | 'lists' | 'interface' | 'union' | 'value' | 'box';
  /** Of what: a scalar, or an entity. */
  readonly of: string;
  readonly nonNull: boolean;
  /** The subgraph that answers it; a shared one is answered by several. */
  readonly owners: readonly number[];
  /** One number, or an input object; see {@link ARGUMENTS}. */
  readonly argument: 'n' | 'by' | undefined;
  /** The fields of other subgraphs from which this one's value is made. */
  readonly requires: readonly Requirement[] | undefined;
  /** The subgraph that answered it before, and must not be asked any more. */
  readonly overridden: number | undefined;
  /** Whether its value changes with every mutation. */
  readonly moving: boolean;
  /** What its subgraph says of the entity that it leads to, besides its key. */
  provides: readonly Provided[];
}

/** A field that `@requires` names. */
export interface Requirement {
  readonly field: Field;
  /** As GraphQL has it; empty without any. */
  readonly argument: string;
  readonly value: Arguments;
  /** The one field that is required of it where it is an object. */
  readonly of: 'amount' | 'label' | 'id' | undefined;
}

/** A field that `@provides` names, and what is provided of the entity that it leads to. */
export interface Provided {
  readonly field: Field;
  readonly of: Field | undefined;
}

/** The arguments of fields, coerced. */
export interface Arguments {
  readonly n?: number | null;
  readonly by?: { readonly n?: number | null; readonly colour?: string | null; readonly list?: readonly number[] | null } | null;
}

/** An entity of a random supergraph. */
export interface Entity {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Some are in the graph's interface. */
  readonly inInterface: boolean;
  /** By subgraph: the keys by which it can be asked for there. */
  readonly keys: readonly (readonly string[])[];
}

/** A random supergraph: which subgraph can say what. What they say is a function of it, so that nothing else need be kept. */
export interface World {
  readonly seed: number;
  readonly subgraphs: number;
  /** Whether some fields may not be null. */
  readonly strict: boolean;
  /** Whether it has more than `@key(fields: "id")`, `@shareable` and `@requires` of one scalar. */
  readonly rich: boolean;
  readonly entities: readonly Entity[];
  /** What one more subgraph says of every object of the interface, without knowing its type (`@interfaceObject`); it is there when this is not empty. */
  readonly objectFields: readonly Field[];
}

const SCALARS = ['String', 'Int', 'Boolean', 'Float', 'Colour'];
const PLAIN_KINDS = ['scalar', 'scalar', 'scalar', 'reference', 'list', 'interface', 'union', 'value'] as const;
const RICH_KINDS = [...PLAIN_KINDS, 'lists', 'box'] as const;

/** What may be given to a field, as a schema has it. */
export const ARGUMENTS = { n: '(n: Int = 7)', by: '(by: Filter = { colour: GREEN })' } as const;

/** The world of a seed. A rich one has what Apollo's executor answers wrongly. */
export function createWorld(seed: number, rich = false): World {
  const chance = createChance(seed);
  const richly = (percent: number) => rich && chance.happens(percent);
  const subgraphs = 2 + chance.number(3);
  const strict = chance.happens(50);
  const names = Array.from({ length: 2 + chance.number(3) }, (_, index) => `T${index}`);
  const argumentOf = (kind: Field['kind'], requires: unknown) => {
    const takes = rich ? chance.happens(30) : kind === 'scalar' && requires === undefined && chance.happens(25);
    return takes ? (richly(40) ? 'by' : 'n') : undefined;
  };
  const entities = names.map((name, position): Entity => {
    const inInterface = chance.happens(70);
    const fields: Field[] = inInterface && rich ? [{ ...PLAIN, name: 'label', owners: [0] }] : [];
    const count = 3 + chance.number(6);
    for (let index = 0; index < count; index++) {
      const kind = chance.pick(rich ? RICH_KINDS : PLAIN_KINDS);
      const owner = chance.number(subgraphs);
      const other = (owner + 1) % subgraphs;
      const shared = kind !== 'interface' && kind !== 'union' && chance.happens(20);
      const requires = (rich || kind === 'scalar') && !shared && chance.happens(50) ? requirements(fields, owner, rich, chance) : undefined;
      fields.push({
        name: `${name.toLowerCase()}f${index}`,
        kind,
        of: kind === 'scalar' ? (requires ? 'String' : chance.pick(SCALARS)) : chance.pick(names),
        nonNull: strict && chance.happens(25),
        owners: shared ? [owner, other] : [owner],
        argument: argumentOf(kind, requires),
        requires,
        overridden: !shared && requires === undefined && richly(15) ? other : undefined,
        moving: kind === 'scalar' && richly(25),
        provides: [],
      });
    }
    const keys = Array.from({ length: subgraphs }, (_, subgraph) => {
      if (!rich) return ['id'];
      // One subgraph has all of them, and leads from each to each.
      if (subgraph === position % subgraphs) return KEYS;
      const chosen = KEYS.filter((key) => (inInterface && key === 'id') || chance.happens(40));
      return chosen.length > 0 ? chosen : [chance.pick(KEYS)];
    });
    return { name, fields, inInterface, keys };
  });
  if (rich) for (const entity of entities) for (const field of entity.fields) provide(field, entities, chance);
  const objectFields = richly(60) && entities.some(({ inInterface }) => inInterface) ? fieldsOfInterface(subgraphs, strict, chance) : [];
  return { seed, subgraphs, strict, rich, entities, objectFields };
}

const INTERFACE = 'Node';
const UNION = 'Any';
const KEYS = ['id', 'code', 'code part { no }'];
const PLAIN = {
  kind: 'scalar',
  of: 'String',
  nonNull: false,
  argument: undefined,
  requires: undefined,
  overridden: undefined,
  moving: false,
  provides: [],
} as const;

/** What a field of the subgraph could be made from: one scalar without arguments, or in rich worlds up to three fields of any kind. */
function requirements(fields: readonly Field[], subgraph: number, rich: boolean, chance: Chance): Requirement[] | undefined {
  const foreign = fields.filter(({ owners, overridden }) => !owners.includes(subgraph) && overridden !== subgraph);
  const simple = foreign.filter(({ kind, argument, requires }) => kind === 'scalar' && argument === undefined && requires === undefined);
  const chosen = rich
    ? foreign.filter((field) => ofRequired(field) !== null && chance.happens(40)).slice(0, 3)
    : simple.length > 0
      ? [chance.pick(simple)]
      : [];
  if (chosen.length === 0) return undefined;
  return chosen.map((field): Requirement => {
    const of = ofRequired(field) ?? undefined;
    // What a subgraph is told of an entity has room for one value of a field, whatever its arguments: fields that clash are asked for apart.
    const n = rich ? chance.number(3) : subgraph;
    const required = { field, of };
    if (field.argument === 'n') return { ...required, argument: `(n: ${n})`, value: { n } };
    if (field.argument === 'by') return { ...required, argument: `(by: { n: ${n}, colour: RED })`, value: { by: { n, colour: 'RED' } } };
    return { ...required, argument: '', value: {} };
  });
}

/** What can be required of an object; `null` of those whose type is not known. */
function ofRequired({ kind }: Field): Requirement['of'] | null {
  if (kind === 'scalar') return undefined;
  if (kind === 'value') return 'amount';
  return kind === 'box' ? 'label' : null;
}

/** Has the field's subgraph say something of the entity that the field leads to, or of what that leads to. */
function provide(field: Field, entities: readonly Entity[], chance: Chance): void {
  const [owner] = field.owners;
  if ((field.kind !== 'reference' && field.kind !== 'list') || field.owners.length > 1 || owner === undefined || !chance.happens(40)) return;
  const providable = (type: string, kind: Field['kind']) =>
    entities
      .find(({ name }) => name === type)
      ?.fields.filter((other) => {
        const { owners, requires, overridden, argument } = other;
        return other.kind === kind && !owners.includes(owner) && requires === undefined && overridden === undefined && argument === undefined;
      }) ?? [];
  const scalars = providable(field.of, 'scalar').map((each) => ({ field: each, of: undefined }));
  const nested = providable(field.of, 'reference').flatMap((each) => providable(each.of, 'scalar').map((of) => ({ field: each, of })));
  field.provides = [...scalars, ...nested].filter(() => chance.happens(40)).slice(0, 2);
}

function fieldsOfInterface(subgraph: number, strict: boolean, chance: Chance): Field[] {
  return Array.from({ length: 1 + chance.number(3) }, (_, index): Field => {
    const kind = chance.pick(['scalar', 'scalar', 'interface', 'value'] as const);
    const requires: Requirement[] = [{ field: { ...PLAIN, name: 'label', owners: [0] }, argument: '', value: {}, of: undefined }];
    return {
      ...PLAIN,
      name: `nodef${index}`,
      kind,
      owners: [subgraph],
      nonNull: strict && chance.happens(25),
      argument: chance.happens(30) ? chance.pick(['n', 'by'] as const) : undefined,
      requires: chance.happens(40) ? requires : undefined,
    };
  });
}

/** The members of the graph's interface. */
export function members(world: World): Entity[] {
  const found = world.entities.filter(({ inInterface }) => inInterface);
  return found.length > 0 ? found : world.entities.slice(0, 1);
}

/** All fields of an entity that clients can ask for, but for those of its keys. */
export function fieldsOf(world: World, entity: Entity): readonly Field[] {
  return members(world).includes(entity) ? [...entity.fields, ...world.objectFields] : entity.fields;
}

/** The fields of an entity that the subgraph requires of others. */
export function externalIn({ fields }: Entity, subgraph: number): Field[] {
  return fields.flatMap(({ requires, owners }) => (owners.includes(subgraph) ? (requires ?? []).map(({ field }) => field) : []));
}

/** The type of a field as it is written. */
export function typeOf(field: Field): string {
  const inner = {
    scalar: field.of,
    reference: field.of,
    list: `[${field.of}!]`,
    lists: `[[${field.of}]!]`,
    interface: `[${INTERFACE}!]`,
    union: UNION,
    value: 'Money',
    box: 'Box',
  }[field.kind];
  return field.nonNull ? `${inner}!` : inner;
}

const HEAD = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject"
])
enum Colour { RED GREEN BLUE }
input Filter { n: Int = 3 colour: Colour list: [Int!] }
type Money @shareable { amount: Int currency: String! }`;

/** The schema of one of its subgraphs. */
export function schemaOf(world: World, subgraph: number): string {
  if (subgraph === world.subgraphs) return schemaOfInterface(world);
  const inInterface = new Set(members(world));
  const provided = world.entities.flatMap(({ fields }) => fields.filter(({ owners }) => owners.includes(subgraph)).flatMap(({ provides }) => provides));
  const isProvided = new Set(provided.flatMap(({ field, of }) => (of ? [field, of] : [field])));
  const everyProvided = new Set(world.entities.flatMap(({ fields }) => fields.flatMap(({ provides }) => provides.flatMap(({ field, of }) => [field, of]))));
  const types = world.entities.map((entity) => {
    const required = new Set(externalIn(entity, subgraph));
    const lines = entity.fields.flatMap((field) => {
      const written = `  ${field.name}${field.argument ? ARGUMENTS[field.argument] : ''}: ${typeOf(field)}`;
      if (field.overridden === subgraph) return written;
      if (!field.owners.includes(subgraph)) return required.has(field) || isProvided.has(field) ? `${written} @external` : [];
      const shareable = field.owners.length > 1 || everyProvided.has(field) ? ' @shareable' : '';
      const override = field.overridden === undefined ? '' : ` @override(from: "s${field.overridden}")`;
      return `${written}${shareable}${override}${directive('requires', (field.requires ?? []).map(requirementText))}${directive('provides', field.provides.map(providedText))}`;
    });
    const own = entity.keys[subgraph] ?? [];
    const only = lines.length === 0 && world.rich && subgraph !== 0 && subgraph !== world.entities.indexOf(entity) % world.subgraphs;
    const keys = own.map((key) => `@key(fields: "${key}"${only ? ', resolvable: false' : ''})`).join(' ');
    const keyFields = Object.entries({ id: 'ID!', code: 'String!', part: 'Part!' }).flatMap(([name, type]) =>
      own.some((key) => key.split(' ').includes(name)) ? `  ${name}: ${type}` : [],
    );
    const implements_ = inInterface.has(entity) ? ` implements ${INTERFACE}` : '';
    return `type ${entity.name}${implements_} ${keys} {\n${[...keyFields, ...lines].join('\n')}\n}`;
  });
  const roots = world.entities.flatMap(({ name }, index) =>
    index % world.subgraphs === subgraph ? [`  one${name}(id: ID!): ${name}`, world.rich ? `  all${name}: [${name}]` : `  all${name}: [${name}!]!`] : [],
  );
  const everything = subgraph === 0 ? [`  nodes: [${INTERFACE}]`, `  anything: [${UNION}]`] : [];
  const shared = world.rich ? [`  shared: T0 @shareable`] : [];
  const acts = world.entities.flatMap(({ name }, index) => ((index + 1) % world.subgraphs === subgraph ? [`  act${name}(id: ID!): ${name}`] : []));
  const label = subgraph === 0 && world.objectFields.length > 0 ? ' label: String' : '';
  return `${HEAD}
interface ${INTERFACE}${subgraph === 0 && world.objectFields.length > 0 ? ' @key(fields: "id")' : ''} { id: ID!${label} }
union ${UNION} = ${world.entities.map(({ name }) => name).join(' | ')}
${world.rich ? `type Part @shareable { no: Int! size: Int! }\ntype Box @shareable { label(n: Int = 1): String! money: Money item: ${UNION} }` : ''}
${types.join('\n')}
type Query {\n${[...roots, ...everything, ...shared, `  alive${subgraph}: Boolean`].join('\n')}\n}
${world.rich && acts.length > 0 ? `type Mutation {\n${acts.join('\n')}\n}` : ''}`;
}

function schemaOfInterface(world: World): string {
  const lines = world.objectFields.map(
    (field) =>
      `  ${field.name}${field.argument ? ARGUMENTS[field.argument] : ''}: ${typeOf(field)}${directive('requires', (field.requires ?? []).map(requirementText))}`,
  );
  if (world.objectFields.some(({ requires }) => requires)) lines.push('  label: String @external');
  return `${HEAD}\ntype ${INTERFACE} @key(fields: "id") @interfaceObject {\n  id: ID!\n${lines.join('\n')}\n}\ntype Query { top: [${INTERFACE}] }`;
}

function directive(name: string, fields: readonly string[]): string {
  return fields.length === 0 ? '' : ` @${name}(fields: "${fields.join(' ')}")`;
}

function requirementText({ field, argument, of }: Requirement): string {
  return `${field.name}${argument}${of ? ` { ${of} }` : ''}`;
}

function providedText({ field, of }: Provided): string {
  return `${field.name}${of ? ` { ${of.name} }` : ''}`;
}

/** How many records each entity has. */
export const RECORDS = 4;
/** More than {@link RECORDS}: ids of two entities are never the same. */
const IDS = 10;

/** The id of a record of an entity. */
export function idOf(world: World, type: string, record: number): string {
  return String(world.entities.findIndex(({ name }) => name === type) * IDS + record);
}

/** The entity of which a record with this id is; `undefined` when there is none. */
export function entityOf(world: World, id: string): Entity | undefined {
  return Number(id) % IDS < RECORDS ? world.entities[Math.floor(Number(id) / IDS)] : undefined;
}

/** The keys of a record. */
export function keysOf(id: string): { id: string; code: string; part: { no: number; size: number } } {
  return { id, code: `c${id}`, part: { no: Number(id), size: Number(id) * 2 } };
}

/** What is known of the moment in which something is said. */
export interface Moment {
  /** How many mutations there were before. */
  acts: number;
}

/** What is said of a record: a function of the seed, the record and the field. */
export function whatIsSaid(world: World, id: string, field: Field, given: Arguments, required: readonly unknown[], { acts }: Moment): unknown {
  const { n = null, by = null } = given;
  const bytes = createHash('sha256')
    .update(JSON.stringify([world.seed, id, field.name, n, by && [by.n, by.colour, by.list], required, field.moving ? acts : 0]))
    .digest();
  const at = (index: number) => bytes[index] as number;
  const [nulls, faults] = world.rich && field.nonNull ? [2, 4] : [12, 20];
  // What is required must be there, or what is made of it would not be. Where there is an interface object, an object that
  // is lost for a field of its own takes with it what its type is; and plans ask the interface object for more than is selected of some types.
  const safe = world.rich && (isRequired(world, field.name) || (field.nonNull && world.objectFields.length > 0));
  if (at(0) < nulls && !(safe && field.nonNull)) return null;
  if (at(0) < faults && !safe) throw new Error(`no ${entityOf(world, id)?.name}.${field.name} of ${id}`);
  const record = (name: string, number: number) => ({ __typename: name, id: idOf(world, name, number % RECORDS) });
  const anything = () => record((world.entities[at(1) % world.entities.length] as Entity).name, at(2));
  const money = () => ({ amount: at(1), currency: at(2) < 128 ? 'VND' : 'USD' });
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count % 4 }, (_, index) => make(index));
  switch (field.kind) {
    case 'reference':
      return record(field.of, at(1));
    case 'list':
      return many(at(1), (index) => record(field.of, at(2 + index)));
    case 'lists':
      return many(at(1), (row) => many(at(2 + row), (column) => (at(5 + row + column) < 20 ? null : record(field.of, at(5 + row * 3 + column)))));
    case 'interface':
      return many(at(1), (index) => record((members(world)[at(8 + index) % members(world).length] as Entity).name, at(2 + index)));
    case 'union':
      return anything();
    case 'value':
      return money();
    case 'box':
      return { label: ({ n: number }: Arguments) => `label ${at(3)} of ${number}`, money: at(4) < 20 ? null : money(), item: at(5) < 20 ? null : anything() };
    case 'scalar':
      return scalar(field, at(1), required);
  }
}

function isRequired({ entities, objectFields }: World, name: string): boolean {
  return [...entities.flatMap(({ fields }) => fields), ...objectFields].some(({ requires }) => requires?.some(({ field }) => field.name === name));
}

function scalar({ of, requires }: Field, byte: number, required: readonly unknown[]): unknown {
  if (requires !== undefined) return `${byte} made of ${JSON.stringify(required)}`;
  if (of === 'Int') return byte;
  if (of === 'Float') return byte / 4;
  if (of === 'Boolean') return byte < 128;
  if (of === 'Colour') return ['RED', 'GREEN', 'BLUE'][byte % 3];
  return byte < 20 ? '' : `text ${byte}`;
}
