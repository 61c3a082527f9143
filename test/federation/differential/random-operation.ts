import { type Chance, type Entity, type Field, fieldsOf, idOf, members, RECORDS, typeOf, type World } from './world.ts';

/** An operation that is valid in a world. */
export interface RandomOperation {
  readonly document: string;
  readonly variables: Record<string, unknown>;
}

const DEPTH = 4;
/** As many fields in a rich world; a few more are needed so that no object is without. With them grows the time that planning takes. */
const FIELDS = 40;
/** Names that mean something to JavaScript, to federation, or to GraphQL. */
const ODD_NAMES = ['id', 'code', 'part', 'label', '__typename', 'constructor', '__proto__', 'toString', '_entities', 'representations'];

/** What goes by one name in an answer: each time the field with its arguments, its type, and the type that it is of. */
type Names = Map<string, { readonly what: string; readonly type: string; readonly on: string; readonly inner: Names }[]>;

/** Makes up an operation: nested, with aliases, arguments, fragments of all kinds, conditions and type names. In rich worlds, under names that others have. */
export function randomOperation(world: World, chance: Chance): RandomOperation {
  const fragments: string[] = [];
  let aliases = 0;
  let fields = 0;
  const isFull = () => world.rich && fields > FIELDS;
  const richly = (percent: number) => world.rich && chance.happens(percent);
  const number = richly(50) ? 'representations' : 'n';
  const condition = () => (chance.happens(10) ? ` @${chance.pick(['skip', 'include'])}(if: $${chance.pick(['yes', 'no'])})` : '');
  const oddNames = [...ODD_NAMES, ...world.entities.flatMap(({ fields }) => fields.map(({ name }) => name))];

  /** A field under a name that it can have there, and what is selected of it. */
  const fieldOf = (on: string, name: string, given: string, type: string, names: Names, selected: (inner: Names) => string = () => ''): string => {
    const what = `${name}${given}`;
    fields++;
    const fits = (candidate: string) =>
      (names.get(candidate) ?? []).every(
        (other) => other.type === type && (other.what === what || (isLeaf(type) && other.on !== on && isObject(other.on) && isObject(on))),
      );
    const wanted = chance.happens(25) ? `a${aliases++}` : richly(25) ? chance.pick(oddNames) : name;
    const response = fits(wanted) ? wanted : `a${aliases++}`;
    const same = names.get(response)?.find((other) => other.what === what);
    const inner: Names = same?.inner ?? new Map();
    names.set(response, [...(names.get(response) ?? []), { what, type, on, inner }]);
    return `${response === name ? '' : `${response}: `}${what}${condition()}${selected(inner)}`;
  };
  const isObject = (type: string) => world.entities.some(({ name }) => name === type);
  const typename = (on: string, names: Names) => fieldOf(on, '__typename', '', 'String!', names);
  const keyOf = (on: string, names: Names) => {
    const name = world.rich && on !== 'Node' ? chance.pick(['id', 'code', 'part'] as const) : 'id';
    if (name === 'part') return fieldOf(on, 'part', '', 'Part!', names, (inner) => ` { ${some(['no', 'size'], 'Part', 'Int!', inner)} }`);
    return fieldOf(on, name, '', name === 'id' ? 'ID!' : 'String!', names);
  };
  const some = (of: readonly string[], on: string, type: string, names: Names) => {
    const chosen = of.filter(() => chance.happens(60));
    return (chosen.length > 0 ? chosen : of).map((name) => fieldOf(on, name, '', type, names)).join(' ');
  };
  const given = ({ argument }: Pick<Field, 'argument'>): string => {
    if (argument === undefined || chance.happens(30)) return '';
    if (argument === 'n') return `(n: ${chance.pick(['1', '2', `$${number}`])})`;
    return `(by: ${chance.pick(['$by', '{ n: 1 }', `{ n: $${number}, list: [1, 2] }`, '{ colour: $colour, list: 3 }', 'null', '{ n: 2, colour: RED }'])})`;
  };

  const selectionOf = (entity: Entity, depth: number, names: Names, amongOthers = false): string => {
    const lines = [chance.happens(70) ? keyOf(entity.name, names) : '__typename'];
    if (lines[0] === '__typename') lines[0] = fieldOf(entity.name, '__typename', '', 'String!', names);
    if (chance.happens(20)) lines.push(typename(entity.name, names));
    for (const field of fieldsOf(world, entity)) {
      // Plans ask an interface object for what is selected of one type alone for all, and have no more for the others than was asked for of these.
      if (isFull() || (amongOthers && field.requires && world.objectFields.includes(field))) continue;
      for (let times = richly(15) ? 2 : 1; times > 0; times--) {
        if (chance.happens(depth === DEPTH ? 75 : 45)) lines.push(...fieldLine(entity.name, field, depth, names));
      }
    }
    const [first = '', ...others] = lines;
    if (others.length > 1 && richly(15)) return `{ ${first} ... on Any${condition()} { ... on ${entity.name}${condition()} { ${others.join(' ')} } } }`;
    if (others.length > 1 && chance.happens(25)) return `{ ${first} ... on ${entity.name}${condition()} { ${others.join(' ')} } }`;
    if (others.length > 1 && chance.happens(20)) {
      fragments.push(`fragment F${fragments.length} on ${entity.name} { ${others.join(' ')} }`);
      return `{ ${first} ...F${fragments.length - 1}${condition()} }`;
    }
    return `{ ${lines.join(' ')} }`;
  };
  const fieldLine = (on: string, field: Field, depth: number, names: Names): string[] => {
    if (depth <= 1 && ['reference', 'list', 'lists', 'interface', 'union'].includes(field.kind)) return [];
    return [fieldOf(on, field.name, given(field), typeOf(field), names, (inner) => nestedOf(field, depth, inner))];
  };
  const nestedOf = ({ kind, of }: Field, depth: number, names: Names): string => {
    if (kind === 'scalar') return '';
    if (kind === 'value') return ` { ${moneyOf(names)} }`;
    if (kind === 'box') {
      const parts = [fieldOf('Box', 'label', given({ argument: 'n' }), 'String!', names)];
      if (chance.happens(50)) parts.push(fieldOf('Box', 'money', '', 'Money', names, (inner) => ` { ${moneyOf(inner)} }`));
      if (depth > 1 && chance.happens(50)) {
        parts.push(fieldOf('Box', 'item', '', 'Any', names, (inner) => ` ${abstractSelection(world.entities, depth - 1, false, inner)}`));
      }
      return ` { ${parts.join(' ')} }`;
    }
    // Interface objects in interface objects are planned for a minute and more.
    if (kind === 'interface') return ` ${abstractSelection(members(world), depth - (world.rich ? 2 : 1), true, names)}`;
    if (kind === 'union') return ` ${abstractSelection(world.entities, depth - 1, false, names)}`;
    return ` ${selectionOf(world.entities.find(({ name }) => name === of) as Entity, depth - 1, names)}`;
  };
  const moneyOf = (names: Names) =>
    [
      ...(chance.happens(65) ? [fieldOf('Money', 'amount', '', 'Int', names)] : []),
      ...(chance.happens(25) ? [typename('Money', names)] : []),
      fieldOf('Money', 'currency', '', 'String!', names),
    ].join(' ');
  const abstractSelection = (entities: readonly Entity[], depth: number, isInterface: boolean, names: Names): string => {
    const on = isInterface ? 'Node' : 'Any';
    const parts = [isInterface && chance.happens(60) ? keyOf(on, names) : typename(on, names)];
    if (isInterface) parts.push(...ofInterface(depth, names));
    for (const entity of entities) {
      if (isFull() || !chance.happens(60)) continue;
      const inner = `... on ${entity.name}${condition()} ${selectionOf(entity, depth, names, true)}`;
      parts.push(richly(15) ? `... on ${chance.pick(members(world).includes(entity) ? ['Node', 'Any'] : ['Any'])}${condition()} { ${inner} }` : inner);
    }
    if (!isInterface && richly(30)) parts.push(`... on Node${condition()} { ${[keyOf('Node', names), ...ofInterface(depth, names)].join(' ')} }`);
    return `{ ${parts.join(' ')} }`;
  };
  const ofInterface = (depth: number, names: Names): string[] => {
    if (world.objectFields.length === 0) return [];
    const label = chance.happens(40) ? [fieldOf('Node', 'label', '', 'String', names)] : [];
    return [...label, ...world.objectFields.flatMap((field) => (chance.happens(40) ? fieldLine('Node', field, depth, names) : []))];
  };

  const roots: Names = new Map();
  const rootOf = (name: string, arguments_: string, type: string, selected: (inner: Names) => string) => {
    if (world.rich) return fieldOf('Query', name, arguments_, type, roots, selected);
    return `a${aliases++}: ${name}${arguments_}${selected(new Map())}`;
  };
  const idIn = ({ name }: Entity) => `(id: "${idOf(world, name, chance.number(RECORDS + 1))}")`;
  const rootField = (): string => {
    const entity = chance.pick(world.entities);
    const alive = chance.number(world.subgraphs);
    return chance.pick([
      () => rootOf(`all${entity.name}`, '', 'all', (inner) => ` ${selectionOf(entity, DEPTH, inner)}`),
      () => rootOf(`one${entity.name}`, idIn(entity), 'one', (inner) => ` ${selectionOf(entity, DEPTH, inner)}`),
      () => rootOf('nodes', '', 'nodes', (inner) => ` ${abstractSelection(members(world), DEPTH - 1, true, inner)}`),
      () => rootOf('anything', '', 'anything', (inner) => ` ${abstractSelection(world.entities, DEPTH - 1, false, inner)}`),
      () => rootOf(`alive${alive}`, '', 'Boolean', () => ''),
      ...(world.rich ? [() => rootOf('shared', '', 'T0', (inner) => ` ${selectionOf(world.entities[0] as Entity, DEPTH, inner)}`)] : []),
      ...(world.objectFields.length > 0 ? [() => rootOf('top', '', 'top', (inner) => ` ${abstractSelection(members(world), DEPTH - 1, true, inner)}`)] : []),
    ])();
  };
  const act = () => {
    const entity = chance.pick(world.entities);
    return rootOf(`act${entity.name}`, idIn(entity), 'act', (inner) => ` ${selectionOf(entity, DEPTH - 1, inner)}`);
  };
  const acts = richly(25);
  const chosen = Array.from({ length: 1 + chance.number(3) }, acts ? act : rootField);
  const grouped = richly(20) && !acts ? [`... on Query${condition()} { ${chosen.join(' ')} }`, typename('Query', roots)] : chosen;
  const body = [`{ ${grouped.join(' ')} }`, ...fragments].join('\n');
  const declarations: readonly (readonly [string, string, unknown])[] = [
    ['yes', 'Boolean!', chance.happens(50)],
    ['no', 'Boolean = true', chance.happens(50) || undefined],
    [number, 'Int', chance.number(5)],
    ...(world.rich
      ? ([
          ['by', 'Filter = { n: 9 }', chance.pick([undefined, null, {}, { n: 4, list: [2] }, { colour: 'BLUE', list: 5 }])],
          ['colour', 'Colour', chance.pick([undefined, null, 'RED', 'GREEN'])],
        ] as const)
      : []),
  ];
  const used = declarations.filter(([name]) => new RegExp(`\\$${name}\\b`).test(body));
  const declared = used.length > 0 ? `(${used.map(([name, type]) => `$${name}: ${type}`).join(', ')})` : '';
  const variables = Object.fromEntries(used.flatMap(([name, , value]) => (value === undefined ? [] : [[name, value]])));
  return { document: `${acts ? 'mutation' : 'query'} Random${declared} ${body}`, variables };
}

function isLeaf(type: string): boolean {
  return /^(ID|String|Int|Boolean|Float|Colour)!?$/.test(type);
}
