import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readDocumentFile } from '#schema/trusted-documents.ts';

/** An operation to start from, as the page shows it. */
export interface ExampleOperation {
  readonly name: string;
  /** What it asks, one line per language. */
  readonly description: readonly string[];
  readonly query: string;
  /** Example variables as indented JSON; empty when there are none. */
  readonly variables: string;
}

/** The one that the README shows; the page opens with it. */
const FIRST = 'Totals';
const VARIABLES = /^# variables:(.*)$/m;

/**
 * The operations of a folder, one `.graphql` file each: those that have a number by it, then the others by name. The comment at a file's head says what the operation asks; its line
 * `# variables:` has an example of them as JSON.
 * @throws Error naming the file whose example is not a JSON object.
 */
export async function loadExampleOperations(folder: string): Promise<ExampleOperation[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).sort();
  const operations = await Promise.all(files.map(async (file) => readOperation(file, await readFile(join(folder, file), 'utf8'))));
  return operations.sort((one, other) => placeOf(one) - placeOf(other));
}

/** The number that the description begins with, such as `7.`; what has none comes after what has one. */
function placeOf({ name, description }: ExampleOperation): number {
  return name === FIRST ? 0 : Number(/^(\d+)\. /.exec(description[0] ?? '')?.[1] ?? Number.MAX_SAFE_INTEGER);
}

function readOperation(file: string, text: string): ExampleOperation {
  const { head, document } = readDocumentFile(text);
  const description = head
    .replace(VARIABLES, '')
    .split('\n')
    .map((line) => line.replace(/^#\s*/, '').trim())
    .filter((line) => line !== '');
  const variables = VARIABLES.exec(head)?.[1];
  return {
    name: basename(file, '.graphql'),
    description,
    query: document,
    variables: variables === undefined ? '' : JSON.stringify(readVariables(file, variables), null, 2),
  };
}

function readVariables(file: string, text: string): unknown {
  try {
    const variables: unknown = JSON.parse(text);
    if (typeof variables === 'object' && variables !== null && !Array.isArray(variables)) return variables;
  } catch {
    // Told below.
  }
  throw new Error(`${file}: expected a JSON object after "# variables:", got ${text.trim()}`);
}
