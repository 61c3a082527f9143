import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DocumentNode, GraphQLError, type GraphQLSchema, getVariableValues, Kind, type OperationDefinitionNode, parse, Source, validate } from 'graphql';
import { installScalars } from '../scalars.ts';
import type { Fault } from './fault.ts';

/** Where the documents are, from the project's folder. */
const FOLDER = 'schema/operations';
const EXAMPLE = /^# variables: ?(.*)$/;

/** Documents under `schema/operations/` that do not fit what clients see, or are not written as they must be. */
export function checkOperations(project: string, apiSchema: GraphQLSchema): Fault[] {
  // With the scalars' meaning, `2021-02-30` in an example is a fault as it would be in the graph.
  installScalars(apiSchema);
  return readdirSync(join(project, FOLDER))
    .toSorted()
    .flatMap((name) => checkFile(`${FOLDER}/${name}`, readFileSync(join(project, FOLDER, name), 'utf8'), apiSchema));
}

function checkFile(file: string, text: string, apiSchema: GraphQLSchema): Fault[] {
  if (!file.endsWith('.graphql')) return [{ file, message: 'is no .graphql file', action: `keep only documents in ${FOLDER}` }];
  const faults = checkComments(text).map((fault) => ({ file, ...fault }));
  let document: DocumentNode;
  try {
    document = parse(new Source(text, file));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [...faults, { file, line: error.locations?.[0]?.line, message: error.message, action: 'mend the syntax' }];
  }
  const misfits = validate(apiSchema, document).map((error) => ({
    file,
    line: error.locations?.[0]?.line,
    message: error.message,
    action: 'keep what the document needs in the schema, or change the document together with who uses it',
  }));
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = checkName(file, operations);
  const [operation] = operations;
  const example = operation && misfits.length === 0 ? checkExample(text, operation, apiSchema).map((fault) => ({ file, ...fault })) : [];
  return [...faults, ...misfits, ...named, ...example];
}

function checkComments(text: string): Omit<Fault, 'file'>[] {
  const [first = ''] = text.split('\n');
  if (/^# \S/.test(first) && !EXAMPLE.test(first)) return [];
  return [{ line: 1, message: 'does not begin with a description', action: 'say in a comment on the first line, "# …", what the document asks' }];
}

function checkName(file: string, operations: readonly OperationDefinitionNode[]): Fault[] {
  const expected = basename(file, '.graphql');
  const names = operations.map(({ name }) => name?.value ?? '(no name)');
  if (names.length === 1 && names[0] === expected) return [];
  return [
    {
      file,
      line: operations[0]?.loc?.startToken.line,
      message: `expected one operation, ${expected}, got ${names.join(', ') || 'none'}`,
      action: 'name the operation like its file, one a file',
    },
  ];
}

/** The example's variables must be those of the operation, of their types. */
function checkExample(text: string, { variableDefinitions = [] }: OperationDefinitionNode, apiSchema: GraphQLSchema): Omit<Fault, 'file'>[] {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => EXAMPLE.test(line));
  if (index < 0 && variableDefinitions.length === 0) return [];
  const action = 'give an example as "# variables: {…}", JSON on one line';
  if (index < 0) return [{ line: 1, message: 'takes variables but has no example of them', action }];
  const fault = (message: string) => ({ line: index + 1, message, action });

  let example: unknown;
  try {
    example = JSON.parse(EXAMPLE.exec(lines[index] ?? '')?.[1] ?? '');
  } catch (error) {
    return [fault(`the example of variables is no JSON: ${(error as Error).message}`)];
  }
  if (typeof example !== 'object' || example === null || Array.isArray(example)) return [fault('the example of variables is no JSON object')];
  const known = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  const unknown = Object.keys(example).filter((name) => !known.has(name));
  const { errors = [] } = getVariableValues(apiSchema, variableDefinitions, example as Record<string, unknown>);
  return [
    ...unknown.map((name) => fault(`the example has a variable "${name}" that the operation does not take`)),
    ...errors.map(({ message }) => fault(`the example does not fit: ${message}`)),
  ];
}
