import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apolloAnswer, ownAnswer } from './answers.ts';
import type { ConformanceCase } from './form.ts';
import { type Answer, difference, type RunningCase, runningCase } from './run.ts';

/** Who answers. Bare Apollo stands beside the project's own executor to show that the list can be failed: `CONFORMANCE_OF=apollo` puts the list to it. */
const answer: Answer = process.env['CONFORMANCE_OF'] === 'apollo' ? apolloAnswer : ownAnswer;

const cases = await readCases();

for (const conformanceCase of cases) {
  describe(conformanceCase.name, () => {
    let running: RunningCase;
    beforeAll(() => {
      running = runningCase(conformanceCase);
    });

    for (const operation of conformanceCase.operations) {
      it(`${operation.id} ${operation.must}: ${operation.title}`, async () => {
        const { supergraphSdl, fetch } = running;
        expect(difference(await answer(supergraphSdl, fetch, operation), operation.expected), operation.document).toBeUndefined();
      });
    }
  });
}

it('has each id once', () => {
  const ids = cases.flatMap(({ operations }) => operations.map(({ id }) => id));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

async function readCases(): Promise<ConformanceCase[]> {
  const folder = resolve(import.meta.dirname, 'cases');
  const modules = readdirSync(folder).map((file) => import(resolve(folder, file)) as Promise<{ conformanceCase: ConformanceCase }>);
  return (await Promise.all(modules)).map(({ conformanceCase }) => conformanceCase);
}
