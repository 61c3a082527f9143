import { describe, expect, it } from 'vitest';
import type { RequestContext } from '#shared/subgraph.ts';
import { byDestination, byPurposeAndDestination, shelterStays } from '../../../subgraphs/victims/statistics.ts';

const CELL = { from: '2021-01-01', to: '2021-12-31', province: null, agency: null };

/** A request for which the rollups hold these counts, and these stays go on. */
function request(counts: Readonly<Record<string, Readonly<Record<string, number>>>>, settings: Readonly<Record<string, unknown>>, open: unknown[] = []) {
  const rows = Object.entries(counts).flatMap(([breakdown, values]) => Object.entries(values).map(([value, n]) => ({ cell: 0, breakdown, value, n })));
  const asked: unknown[][] = [];
  const query = async (statement: string, parameters: unknown[]) => {
    if (statement.includes('JOIN rollup')) return rows;
    asked.push(parameters);
    return open;
  };
  return { asked, context: { figures: { query }, settings, loader: (_: string, make: () => unknown) => make() } as unknown as RequestContext };
}

describe('stays in a shelter', () => {
  it.each([
    [120, 1, 6],
    [119, 3, 8],
    [121, 0, 5],
  ])('beyond %i days are those of a day more, and not of exactly as many', async (limit, endedBeyond, beyond) => {
    const { context, asked } = request({ days: { '119': 4, '120': 2, '121': 1 } }, { SHELTER_DAYS: limit, SHELTER_NEAR_DAYS: 14 }, [
      { cell: 0, open: 9, near: 3, beyond: 5 },
    ]);
    expect(await shelterStays(CELL, context)).toMatchObject({
      limitDays: limit,
      nearDays: 14,
      ...{ open: 9, near: 3, beyond: 5, ended: 7, endedBeyond },
      shareBeyond: { numerator: beyond, denominator: 16 },
    });
    expect(asked[0]?.slice(-2)).toEqual([limit, 14]);
  });
});

describe('the destination of a person', () => {
  it.each([
    ['VN', true, false],
    ['CN', false, true],
  ])('is domestic when it is the home country, here %s', async (home, vietnam, china) => {
    const counts = { purposeAndDestination: { 'FORCED_LABOUR|VN': 3, 'FORCED_LABOUR|CN': 2, 'UNKNOWN|': 1 }, purposeAnswered: { true: 5 } };
    const { context } = request(counts, { HOME_COUNTRY: home });
    expect(await byPurposeAndDestination(CELL, context)).toMatchObject([
      { purpose: 'FORCED_LABOUR', destinationCountry: 'VN', domestic: vietnam, persons: 3, share: { numerator: 3, denominator: 5 } },
      { purpose: 'FORCED_LABOUR', destinationCountry: 'CN', domestic: china, persons: 2 },
      { purpose: 'UNKNOWN', destinationCountry: null, domestic: null, persons: 1, share: null },
    ]);
    expect(await byDestination(CELL, request({ destination: { VN: 3, CN: 2, '': 1 } }, { HOME_COUNTRY: home }).context)).toMatchObject([
      { destinationCountry: 'VN', domestic: vietnam },
      { destinationCountry: 'CN', domestic: china },
      { destinationCountry: null, domestic: null },
    ]);
  });
});
