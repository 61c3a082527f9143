/** Two operations of the project's own graph, over its own schemas. Subgraphs answer with records that are made up (subgraphs/generated-data.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBGRAPHS } from '#schema/subgraphs.ts';
import { readDocumentFile } from '#schema/trusted-documents.ts';
import type { Scenario } from './scenario.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1950, 0, 1);
/** After so many the last day of the period moves on by one. */
const FIRST_DAYS = 20_000;
const LAST_DAY = Date.UTC(2021, 0, 1);

const CASES = `query Cases($after: String) {
  referralCases(first: 20, after: $after) {
    totalCount
    nodes {
      id
      stage
      openedAt
      callerType
      call {
        id
        receivedAt
        category
      }
      victims(after: $after) {
        totalCount
        nodes {
          id
          sex
          ageBand
        }
      }
    }
  }
}`;

/** Figures of four ministries, side by side, for twelve cells. */
export function statistics(): Scenario {
  return {
    ...ownGraph(),
    name: 'statistics',
    description: '`FromCallsToSupport`, the figures of the ministries for 12 cells, side by side',
    document: readDocumentFile(readFileSync(join(ROOT, 'schema/operations/FromCallsToSupport.graphql'), 'utf8')).document,
    operation: 'FromCallsToSupport',
    variables: (number) => ({ period: { from: day(FIRST_DAY, number % FIRST_DAYS), to: day(LAST_DAY, Math.floor(number / FIRST_DAYS)) } }),
    unique: /\d{4}-\d\d-\d\d/g,
  };
}

/** Twenty cases with their calls and victims. */
export function records(): Scenario {
  return {
    ...ownGraph(),
    name: 'records',
    description: '20 cases, each with its call and its victims, of three subgraphs',
    document: CASES,
    operation: 'Cases',
    variables: (number) => ({ after: `cursor-${number}` }),
    unique: /cursor-\d+/g,
  };
}

function ownGraph() {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  return {
    supergraph: read('schema/supergraph.graphql'),
    subgraphs: Object.fromEntries(Object.keys(SUBGRAPHS).map((name) => [name, read(`subgraphs/${name}/schema.graphql`)])),
  };
}

function day(first: number, days: number): string {
  return new Date(first + days * DAY_MS).toISOString().slice(0, 10);
}
