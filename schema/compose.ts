import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkAccess, checkScopes } from './check/access.ts';
import { checkCodeLists } from './check/code-lists.ts';
import { composeSubgraphs } from './check/composition.ts';
import { checkDescriptions } from './check/descriptions.ts';
import { errorsPage } from './check/errors-page.ts';
import { type Fault, printFault, sortFaults } from './check/fault.ts';
import { checkOperations } from './check/operations.ts';
import { checkReferences } from './check/references.ts';
import { readSubgraphSources } from './check/subgraph-sources.ts';
import { checkPublicDocuments, trustedDocuments } from './check/trusted-documents.ts';

/*
 * node schema/compose.ts           writes schema/supergraph.graphql, schema/trusted-documents.json and schema/errors.md
 * node schema/compose.ts --check   writes nothing; fails, naming everything at once, when the contract is not as it must be
 */

const PROJECT = resolve(import.meta.dirname, '..');
const USAGE = 'usage: node schema/compose.ts [--check]';

/** A file that is made from others and committed. */
interface Artefact {
  readonly file: string;
  readonly text: string;
}

/** What is made and what is wrong. No artefact is left out because of a fault that is not in what it is made of. */
interface Findings {
  readonly artefacts: readonly Artefact[];
  /** Why no supergraph can be made. */
  readonly errors: readonly Fault[];
  /** What must be mended, though a supergraph can be made. */
  readonly faults: readonly Fault[];
}

function examine(): Findings {
  const { sources, faults: unreadable } = readSubgraphSources(PROJECT);
  const page = { file: 'schema/errors.md', text: errorsPage() };
  const written = [
    ...sources.flatMap(checkDescriptions),
    ...sources.flatMap(checkReferences),
    ...sources.flatMap(checkAccess),
    ...checkScopes(),
    // A list whose subgraph cannot be read would seem to be in none.
    ...(unreadable.length === 0 ? checkCodeLists(PROJECT, sources) : []),
  ];
  if (unreadable.length > 0) return { artefacts: [page], errors: unreadable, faults: written };
  const { composition, faults: errors } = composeSubgraphs(sources);
  if (composition === null) return { artefacts: [page], errors, faults: written };
  return {
    artefacts: [
      { file: 'schema/supergraph.graphql', text: composition.supergraph },
      { file: 'schema/trusted-documents.json', text: trustedDocuments(PROJECT) },
      page,
    ],
    errors: [],
    faults: [
      ...written,
      ...composition.hints,
      ...checkOperations(PROJECT, composition.apiSchema),
      ...checkPublicDocuments(PROJECT, composition.apiSchema, composition.supergraph),
    ],
  };
}

/** @returns the exit code. */
function compose(): number {
  const { artefacts, errors, faults } = examine();
  for (const artefact of errors.length === 0 ? artefacts : []) {
    const stale = staleness(artefact) !== null;
    if (stale) writeFileSync(join(PROJECT, artefact.file), artefact.text);
    console.log(`${artefact.file}: ${stale ? 'written' : 'unchanged'}`);
  }
  report([...errors, ...faults]);
  if (errors.length > 0) console.error('Nothing was written.');
  return errors.length > 0 ? 1 : 0;
}

/** @returns the exit code. */
function check(): number {
  const { artefacts, errors, faults } = examine();
  const found = [...errors, ...faults, ...artefacts.flatMap((artefact) => staleness(artefact) ?? [])];
  if (found.length === 0)
    console.log('The schema is as it must be: composed, without hints, described, with a rule for every field, and every document of schema/operations/ fits.');
  report(found);
  return found.length > 0 ? 1 : 0;
}

function staleness({ file, text }: Artefact): Fault | null {
  const committed = readIfThere(join(PROJECT, file));
  if (committed === text) return null;
  const action = 'run npm run schema:compose, review the diff and commit it';
  if (committed === null) return { file, message: 'is not there', action };
  const lines = committed.split('\n');
  const line = text.split('\n').findIndex((made, index) => made !== lines[index]) + 1;
  return { file, line: line || lines.length, message: 'is stale: it differs from what it is made of, here first', action };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function report(faults: readonly Fault[]): void {
  for (const fault of sortFaults(faults)) console.error(printFault(fault));
  if (faults.length > 0) console.error(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`);
}

function main(given: readonly string[]): number {
  if (given.length === 0) return compose();
  if (given.length === 1 && given[0] === '--check') return check();
  console.error(USAGE);
  return 2;
}

process.exitCode = main(process.argv.slice(2));
