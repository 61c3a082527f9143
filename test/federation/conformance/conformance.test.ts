import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apolloAnswer, ownAnswer } from './answers.ts';
import type { ConformanceCase } from './form.ts';
import { OWN_WRONG } from './own-wrong.ts';
import { type Answer, difference, type RunningCase, runningCase } from './run.ts';

/**
 * Who answers, and what of it is known to be wrong, each with its reason. Bare Apollo stands beside the project's own executor to show that the list can
 * be failed; `CONFORMANCE_OF=apollo` puts the list to it.
 */
const apollo = process.env['CONFORMANCE_OF'] === 'apollo';
const answer: Answer = apollo ? apolloAnswer : ownAnswer;
const knownWrong: Readonly<Record<string, string>> = apollo ? {} : OWN_WRONG;

const cases = await readCases();

for (const conformanceCase of cases) {
  describe(conformanceCase.name, () => {
    let running: RunningCase;
    beforeAll(() => {
      running = runningCase(conformanceCase);
    });

    for (const operation of conformanceCase.operations) {
      const reason = knownWrong[operation.id];
      const why = async () => difference(await answer(running.supergraphSdl, running.fetch, operation), operation.expected);
      if (reason === undefined) {
        it(`${operation.id} ${operation.must}: ${operation.title}`, async () => {
          expect(await why(), operation.document).toBeUndefined();
        });
      } else {
        // An entry that is right by now must leave the list.
        it(`${operation.id} is known to be wrong: ${reason}`, async () => {
          expect(await why(), operation.document).toBeDefined();
        });
      }
    }
  });
}

describe('the list', () => {
  const ids = cases.flatMap(({ operations }) => operations.map(({ id }) => id));

  it('has an id once', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('knows every id that is said to be wrong', () => {
    expect(Object.keys(knownWrong).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

async function readCases(): Promise<ConformanceCase[]> {
  const folder = resolve(import.meta.dirname, 'cases');
  const modules = readdirSync(folder).map((file) => import(resolve(folder, file)) as Promise<{ conformanceCase: ConformanceCase }>);
  return (await Promise.all(modules)).map(({ conformanceCase }) => conformanceCase);
}
