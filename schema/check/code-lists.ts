import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EnumTypeDefinitionNode, type EnumValueDefinitionNode, Kind } from 'graphql';
import { CODE_LISTS, type Label } from '../code-lists.ts';
import type { Fault } from './fault.ts';
import type { SubgraphSource } from './subgraph-sources.ts';

const FILE = 'schema/code-lists.ts';

/** Enums of the subgraphs that are not as `schema/code-lists.ts` has them, and lists there that no subgraph has. */
export function checkCodeLists(project: string, sources: readonly SubgraphSource[]): Fault[] {
  const enums = sources.flatMap(({ file, document }) =>
    document.definitions.filter((definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION).map((definition) => ({ file, definition })),
  );
  const names = new Set(enums.map(({ definition }) => definition.name.value));
  const unused = Object.keys(CODE_LISTS).filter((name) => !names.has(name));
  return [
    ...enums.flatMap(({ file, definition }) => [...checkForm(definition), ...checkAgainstList(definition)].map((fault) => ({ file, ...fault }))),
    ...unused.map((name) => ({
      file: FILE,
      line: lineOf(readFileSync(join(project, FILE), 'utf8'), new RegExp(`^ {2}${name}: `)),
      message: `no subgraph's schema has an enum ${name}`,
      action: 'name the list as its enum, or take it out',
    })),
  ];
}

/** Labels are in both languages also where the enum is no code list (`Interval`). */
function checkForm({ name, values = [] }: EnumTypeDefinitionNode): Omit<Fault, 'file'>[] {
  if (Object.hasOwn(CODE_LISTS, name.value)) return [];
  return values
    .filter((value) => value.description && !/\S · \S/.test(value.description.value))
    .map((value) => ({
      line: lineOfNode(value),
      message: `${name.value}.${value.name.value} is described as "${value.description?.value}"`,
      action: 'write "Vietnamese · English"',
    }));
}

function checkAgainstList(definition: EnumTypeDefinitionNode): Omit<Fault, 'file'>[] {
  const { name, values = [] } = definition;
  const list: Readonly<Record<string, Label>> | undefined = Object.hasOwn(CODE_LISTS, name.value)
    ? CODE_LISTS[name.value as keyof typeof CODE_LISTS]
    : undefined;
  if (list === undefined) return [];
  const action = `let the enum and ${FILE} agree`;
  const expected = Object.keys(list);
  const found = values.map((value) => value.name.value);
  const order =
    expected.join() === found.join()
      ? []
      : [{ line: lineOfNode(definition), message: `${name.value} has the values ${found.join(' ')}, ${FILE} has ${expected.join(' ')}`, action }];
  const labels = values.flatMap((value) => {
    const label = list[value.name.value];
    const wanted = label && `${label.vi} · ${label.en}`;
    const given = value.description?.value;
    if (wanted === undefined || given === undefined || given === wanted) return [];
    return [{ line: lineOfNode(value), message: `${name.value}.${value.name.value} is described as "${given}", ${FILE} has "${wanted}"`, action }];
  });
  return [...order, ...labels];
}

function lineOfNode({ loc }: EnumTypeDefinitionNode | EnumValueDefinitionNode): number | undefined {
  return loc?.startToken.line;
}

function lineOf(text: string, pattern: RegExp): number | undefined {
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}
