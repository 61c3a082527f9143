import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codes } from '#schema/code-lists.ts';
import {
  agencyFor,
  closedOnlyAtStageClosed,
  closesAfterItOpened,
  dueAt,
  HANDOVER_STEPS,
  hasMomentsOfState,
  hasNoMomentsOfOtherStates,
  isBasisAllowed,
  mayActOnCase,
  momentsInOrder,
  quantile,
  rejectedForAReason,
  REOPENED_STAGE,
  STAGES_AFTER,
  consentOf,
} from '../../../subgraphs/referrals/rules.ts';

const MOMENTS = ['sentAt', 'acknowledgedAt', 'acceptedAt', 'startedAt', 'completedAt', 'rejectedAt', 'revokedAt'] as const;
type Moment = (typeof MOMENTS)[number] | 'createdAt';

/** `!`: a handover in the state must have had the moment; `?`: it may have had; neither: it cannot have. From domain.md's states. */
const TABLE: Record<string, string> = {
  //             sent ack acc sta com rej rev
  DRAFT: '        .    .   .   .   .   .   .',
  SENT: '         !    .   .   .   .   .   .',
  ACKNOWLEDGED: ' !    !   .   .   .   .   .',
  ACCEPTED: '     !    ?   !   .   .   .   .',
  IN_PROGRESS: '  !    ?   !   !   .   .   .',
  COMPLETED: '    !    ?   !   ?   !   .   .',
  REJECTED: '     !    ?   .   .   .   !   .',
  REVOKED: '      !    ?   ?   ?   .   .   !',
};
const marksOf = (state: string) => (TABLE[state] ?? '').trim().split(/ +/);
const cells = Object.keys(TABLE).flatMap((state) => MOMENTS.map((moment, i) => [state, moment, marksOf(state)[i]] as const));

/** A row of the import with these moments, given as minutes of a day, or without an order as a list. */
function handover(state: string | null, moments: Partial<Record<Moment, number>> | readonly Moment[], more: Record<string, string | null> = {}) {
  const named = Array.isArray(moments) ? moments.map((name) => [name, 0] as const) : Object.entries(moments);
  const columns = named.map(([name, minute]) => {
    const at = new Date(Date.UTC(2021, 2, 5, 0, minute)).toISOString().replace('Z', '+00:00');
    return [name.replace('At', '_at'), at];
  });
  return { state, ...Object.fromEntries(columns), ...more } as Record<string, string | null>;
}

/** A handover in the state with all the moments that it must have had. */
const required = (state: string) => MOMENTS.filter((_, i) => marksOf(state)[i] === '!');

describe('a handover', () => {
  it('can be in every state of the code list', () => {
    expect(Object.keys(TABLE)).toEqual(codes('HandoverState'));
    for (const state of Object.keys(TABLE)) expect(marksOf(state)).toHaveLength(MOMENTS.length);
  });

  it.each(cells.filter(([, , mark]) => mark === '!'))('in state %s must have had %s', (state, moment) => {
    const without = required(state).filter((name) => name !== moment);
    expect(hasMomentsOfState(handover(state, required(state)))).toBeUndefined();
    expect(hasMomentsOfState(handover(state, without))).toBe(`${moment} to be given for state ${state}`);
  });

  it.each(Object.keys(TABLE))('in state %s need not have had any other', (state) => {
    expect(hasMomentsOfState(handover(state, required(state)))).toBeUndefined();
  });

  it.each(cells.filter(([, , mark]) => mark === '.'))('in state %s cannot have had %s', (state, moment) => {
    expect(hasNoMomentsOfOtherStates(handover(state, [...required(state), moment]))).toBe(`${moment} to be empty for state ${state}`);
  });

  it.each(cells.filter(([, , mark]) => mark !== '.'))('in state %s may have had %s', (state, moment) => {
    expect(hasNoMomentsOfOtherStates(handover(state, ['createdAt', ...required(state), moment]))).toBeUndefined();
  });

  it('has all that is missing or too much named at once', () => {
    expect(hasMomentsOfState(handover('IN_PROGRESS', []))).toBe('sentAt and acceptedAt and startedAt to be given for state IN_PROGRESS');
    expect(hasNoMomentsOfOtherStates(handover('SENT', [...MOMENTS]))).toBe(
      'acknowledgedAt and acceptedAt and startedAt and completedAt and rejectedAt and revokedAt to be empty for state SENT',
    );
  });

  it('of which the state could not be read is not judged by it', () => {
    expect(hasMomentsOfState(handover(null, []))).toBeUndefined();
    expect(hasNoMomentsOfOtherStates(handover(null, [...MOMENTS]))).toBeUndefined();
  });
});

describe("a handover's moments", () => {
  it.each([
    ['in order', { createdAt: 0, sentAt: 1, acknowledgedAt: 2, acceptedAt: 3, startedAt: 4, completedAt: 5 }],
    ['all at once', { createdAt: 0, sentAt: 0, acknowledgedAt: 0, acceptedAt: 0, startedAt: 0, completedAt: 0 }],
    ['with gaps', { createdAt: 0, sentAt: 1, acceptedAt: 3, completedAt: 5 }],
    ['of one rejected', { createdAt: 0, sentAt: 1, acknowledgedAt: 2, rejectedAt: 2 }],
    ['of one revoked under way', { createdAt: 0, sentAt: 1, acceptedAt: 3, startedAt: 4, revokedAt: 5 }],
    ['of a draft', { createdAt: 0 }],
    ['of none that could be read', {}],
  ])('may come %s', (_, moments) => {
    expect(momentsInOrder(handover('SENT', moments))).toBeUndefined();
  });

  it.each([
    [{ createdAt: 1, sentAt: 0 }, 'sentAt', 'not before createdAt'],
    [{ createdAt: 0, sentAt: 2, acknowledgedAt: 1 }, 'acknowledgedAt', 'not before sentAt'],
    [{ createdAt: 0, sentAt: 1, acknowledgedAt: 3, acceptedAt: 2 }, 'acceptedAt', 'not before acknowledgedAt'],
    [{ createdAt: 0, sentAt: 2, acceptedAt: 1 }, 'acceptedAt', 'not before sentAt'],
    [{ createdAt: 0, sentAt: 1, acceptedAt: 3, startedAt: 2 }, 'startedAt', 'not before acceptedAt'],
    [{ createdAt: 0, sentAt: 1, acceptedAt: 3, completedAt: 2 }, 'completedAt', 'not before acceptedAt'],
    [{ createdAt: 0, sentAt: 1, acceptedAt: 2, startedAt: 4, completedAt: 3 }, 'completedAt', 'not before startedAt'],
    [{ createdAt: 0, sentAt: 2, rejectedAt: 1 }, 'rejectedAt', 'not before sentAt'],
    [{ createdAt: 0, sentAt: 1, acknowledgedAt: 3, rejectedAt: 2 }, 'rejectedAt', 'not before acknowledgedAt'],
    [{ createdAt: 0, sentAt: 2, revokedAt: 1 }, 'revokedAt', 'not before sentAt'],
    [{ createdAt: 0, sentAt: 1, acceptedAt: 2, startedAt: 4, revokedAt: 3 }, 'revokedAt', 'not before startedAt'],
    [{ createdAt: 9, completedAt: 1 }, 'completedAt', 'not before createdAt'],
  ])('cannot come as %j', (moments, column, expected) => {
    expect(momentsInOrder(handover('SENT', moments))).toEqual({ column, expected: `a moment ${expected}` });
  });

  it('are told apart by time and not by how they are written', () => {
    const row = { created_at: '2021-03-05T08:00:00+07:00', sent_at: '2021-03-05T01:30:00+00:00' };
    expect(momentsInOrder(row)).toBeUndefined();
    expect(momentsInOrder({ ...row, sent_at: '2021-03-05T08:30:00+09:00' })).toEqual({ column: 'sentAt', expected: 'a moment not before createdAt' });
  });
});

describe('a reason for rejection', () => {
  it('is given for a rejection, and only for one', () => {
    for (const state of codes('HandoverState')) {
      const rejected = state === 'REJECTED';
      expect(rejectedForAReason({ state, rejection_reason: 'NO_CAPACITY' }), state).toBe(
        rejected ? undefined : 'no reason, since the handover is not REJECTED',
      );
      expect(rejectedForAReason({ state, rejection_reason: null }), state).toBe(rejected ? 'a reason, since the handover is REJECTED' : undefined);
    }
  });
});

describe('a case', () => {
  it.each([
    ['2021-03-05T08:00:00+07:00', null, undefined],
    ['2021-03-05T08:00:00+07:00', '2021-03-05T08:00:00+07:00', undefined],
    ['2021-03-05T08:00:00+07:00', '2021-03-05T01:00:00+00:00', undefined],
    ['2021-03-05T08:00:00+07:00', '2021-03-05T00:59:59+00:00', 'a moment not before openedAt'],
    ['2021-03-05T08:00:00+07:00', '2021-03-04T08:00:00+07:00', 'a moment not before openedAt'],
    [null, '2021-03-04T08:00:00+07:00', undefined],
  ])('from %s to %s: expected %s', (opened_at, closed_at, expected) => {
    expect(closesAfterItOpened({ opened_at, closed_at })).toBe(expected);
  });

  it('was closed at a moment only when it is closed; older records may lack the moment', () => {
    for (const stage of codes('CaseStage')) {
      const expected = stage === 'CLOSED' ? undefined : `none, since the case's stage is ${stage} and not CLOSED`;
      expect(closedOnlyAtStageClosed({ stage, closed_at: '2021-03-05T08:00:00+07:00' })).toBe(expected);
      expect(closedOnlyAtStageClosed({ stage, closed_at: null })).toBeUndefined();
    }
  });
});

describe('a quantile', () => {
  /** By sorting all observations, as SQL's percentile_cont is defined: row number 1 + p (n - 1), interpolated. */
  function bySorting(observations: readonly number[], p: number): number | null {
    if (observations.length === 0) return null;
    const sorted = observations.toSorted((a, b) => a - b);
    const row = 1 + p * (sorted.length - 1);
    const floor = sorted[Math.floor(row) - 1] ?? Number.NaN;
    const ceiling = sorted[Math.ceil(row) - 1] ?? Number.NaN;
    return Math.floor(row) === Math.ceil(row) ? floor : (Math.ceil(row) - row) * floor + (row - Math.floor(row)) * ceiling;
  }
  const histogram = (observations: readonly number[]) => {
    const counts = new Map<number, number>();
    for (const value of observations) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };

  it('is the one of the sorted observations', () => {
    const observations = fc.array(fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 500_000 })), { maxLength: 60 });
    fc.assert(
      fc.property(observations, fc.oneof(fc.constantFrom(0, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true })), (values, p) => {
        const expected = bySorting(values, p);
        const found = quantile(histogram(values), p);
        if (expected === null) expect(found).toBeNull();
        else expect(found).toBeCloseTo(expected, 4);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of few observations is as one would work out by hand', () => {
    expect(quantile(histogram([7]), 0.9)).toBe(7);
    expect(quantile(histogram([10, 20]), 0.5)).toBe(15);
    expect(quantile(histogram([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.9)).toBeCloseTo(9.1);
    expect(quantile(histogram([3, 3, 3, 9]), 0.5)).toBe(3);
  });

  it('is none without observations, and values that were counted away are none', () => {
    expect(quantile(new Map(), 0.5)).toBeNull();
    expect(quantile(new Map([[5, 0]]), 0.5)).toBeNull();
    expect(
      quantile(
        new Map([
          [5, 0],
          [8, 1],
        ]),
        0.5,
      ),
    ).toBe(8);
  });
});

/** domain.md's states, by hand: who may do what from where, and what state comes of it. `.`: nobody. */
const STEPS: Record<string, string> = {
  //                      DRAFT SENT  ACKNOWLEDGED ACCEPTED    IN_PROGRESS COMPLETED REJECTED REVOKED
  handoverSend: '         SENT  .     .            .           .           .         .        .',
  handoverAcknowledge: '  .     ACKNOWLEDGED .     .           .           .         .        .',
  handoverAccept: '       .     .     ACCEPTED     .           .           .         .        .',
  handoverReject: '       .     REJECTED REJECTED  .           .           .         .        .',
  handoverStart: '        .     .     .            IN_PROGRESS .           .         .        .',
  handoverComplete: '     .     .     .            .           COMPLETED   .         .        .',
  handoverRevoke: '       .     REVOKED REVOKED    REVOKED     REVOKED     .         .        .',
};
const BY_SENDER = ['handoverSend', 'handoverRevoke'];

describe('a step of a handover', () => {
  const table = Object.entries(STEPS).flatMap(([act, row]) =>
    row
      .trim()
      .split(/ +/)
      .map((to, i) => [act as keyof typeof HANDOVER_STEPS, codes('HandoverState')[i] as string, to] as const),
  );

  it.each(table)('%s from %s leads to %s', (act, from, to) => {
    const step = HANDOVER_STEPS[act];
    expect((step.from as readonly string[]).includes(from) ? step.to : '.').toBe(to);
  });

  it.each(Object.keys(STEPS) as (keyof typeof HANDOVER_STEPS)[])('%s is for the one that may', (act) => {
    expect(agencyFor(HANDOVER_STEPS[act].by, { fromAgency: 'sender', toAgency: 'receiver' })).toBe(BY_SENDER.includes(act) ? 'sender' : 'receiver');
  });

  it('is named for every act of the table, and no other', () => {
    expect(Object.keys(HANDOVER_STEPS).sort()).toEqual(Object.keys(STEPS).sort());
  });
});

describe("a case's stage", () => {
  /** `x`: may follow. */
  const AFTER: Record<string, string> = {
    //               REC VER RES IDE NOT SUP CLO
    RECEIVED: '      .   x   .   .   .   .   .',
    VERIFYING: '     .   .   x   x   x   .   .',
    RESCUING: '      .   .   .   x   x   .   .',
    IDENTIFIED: '    .   .   .   .   .   x   .',
    NOT_IDENTIFIED: '.   .   .   .   .   x   x',
    SUPPORTING: '    .   .   .   .   .   .   x',
    CLOSED: '        .   .   .   .   .   .   .',
  };

  it.each(Object.entries(AFTER))('%s is followed by those of the table', (stage, row) => {
    const marks = row.trim().split(/ +/);
    expect(STAGES_AFTER[stage]).toEqual(codes('CaseStage').filter((_, i) => marks[i] === 'x'));
  });

  it('covers the code list, and reopens at one of it', () => {
    expect(Object.keys(STAGES_AFTER)).toEqual(codes('CaseStage'));
    expect(codes('CaseStage')).toContain(REOPENED_STAGE);
  });
});

describe('to act on a case', () => {
  it.each([
    ['the agency that opened it', 'a', [], 'a', true],
    ['any, where none is recorded', null, [], 'b', true],
    ['another', 'a', [], 'b', false],
    ...codes('HandoverState').map(
      (state) =>
        [
          `the receiver of a handover that is ${state}`,
          'a',
          [{ toAgency: 'b', state }],
          'b',
          ['ACCEPTED', 'IN_PROGRESS', 'COMPLETED'].includes(state),
        ] as const,
    ),
    ['one beside the receiver', 'a', [{ toAgency: 'b', state: 'ACCEPTED' }], 'c', false],
  ] as const)('%s', (_, openedBy, handovers, agency, allowed) => {
    expect(mayActOnCase(openedBy, handovers, agency)).toBe(allowed);
  });
});

describe('the deadline of a handover', () => {
  it.each(codes('HandoverState'))('%s is kept only while it waits for an answer', (state) => {
    const due = dueAt({ state, sentAt: '2021-03-05 08:30:00+00' }, 3);
    expect(due?.toISOString() ?? null).toBe(['SENT', 'ACKNOWLEDGED'].includes(state) ? '2021-03-08T08:30:00.000Z' : null);
  });

  it('is none while it was not sent', () => {
    expect(dueAt({ state: 'SENT', sentAt: null }, 3)).toBeNull();
  });
});

describe('the legal basis of a handover', () => {
  const rule = [
    { agencyType: 'POLICE', legalBasis: 'STATUTORY_REPORT' },
    { agencyType: 'NGO', legalBasis: 'CONSENT' },
  ];

  it.each([
    ['POLICE', 'STATUTORY_REPORT', true],
    ['POLICE', 'CONSENT', false],
    ['NGO', 'CONSENT', true],
    ['NGO', 'STATUTORY_REPORT', false],
    ['DIPLOMATIC', 'CONSENT', false],
    ['POLICE', null, false],
    [null, null, false],
    [null, 'CONSENT', true],
    [null, 'GUARDIAN_CONSENT', true],
    [null, 'STATUTORY_REPORT', false],
    [null, 'VITAL_INTEREST', false],
  ])('towards %s of %s is allowed as the rule says: %s', (type, basis, allowed) => {
    expect(isBasisAllowed(rule, type, basis)).toBe(allowed);
  });
});

describe('consent, counted over handovers', () => {
  const rule = new Map([
    ['union', new Set(['CONSENT', 'GUARDIAN_CONSENT'])],
    ['police', new Set(codes('LegalBasis'))],
  ]);
  const count = (counts: Record<string, number>) => consentOf(new Map(Object.entries(counts)), rule);

  it.each(['CONSENT', 'GUARDIAN_CONSENT'])('is there when the basis is %s', (basis) => {
    expect(count({ [`union|${basis}`]: 3 })).toEqual({ needed: 3, missing: 0 });
  });

  it.each(['STATUTORY_REPORT', 'VITAL_INTEREST', ''])('is missing when the basis is %j', (basis) => {
    expect(count({ [`union|${basis}`]: 3, 'union|CONSENT': 2 })).toEqual({ needed: 5, missing: 3 });
  });

  it.each(['police', 'of no known type'])('is not needed by an agency that is allowed every basis, or that the rule does not know: %s', (agency) => {
    expect(count({ [`${agency}|`]: 1, [`${agency}|VITAL_INTEREST`]: 1 })).toEqual({ needed: 0, missing: 0 });
  });
});
