import { type Act, type ActInput, inserting, type Records, updating } from '#shared/acts/act.ts';
import { checkId, checkNotBefore, checkOnce, checkPast, checkText } from '#shared/acts/checks.ts';
import { checkProvince } from '#shared/acts/dimensions.ts';
import { noChange, notThere, permitKeeper, wrongState } from '#shared/acts/refusals.ts';
import { CALL_LIST } from './loaders.ts';

const CALLS: Records = { ...CALL_LIST, kind: 'call' };

interface CallRecordInput extends ActInput {
  readonly receivedAt: Date;
  readonly endedAt?: Date | null;
  readonly category: string;
  readonly topics: readonly string[];
  readonly callerType: string;
  readonly callerSex: string;
  readonly callerAgeBand: string;
  readonly channel: string;
  readonly provinceId?: string | null;
}

const callRecord: Act<CallRecordInput> = {
  on: CALLS,
  check: ({ topics, receivedAt, endedAt }) => [...checkOnce('topics', topics), ...checkNotBefore('endedAt', endedAt, receivedAt, 'receivedAt')],
  decide: async (_, input, { sql, now, agency, newId }) => {
    const { receivedAt, endedAt = null, category, topics, callerType, callerSex, callerAgeBand, channel, provinceId = null } = input;
    const faults = [
      ...checkPast('receivedAt', receivedAt, now),
      ...checkPast('endedAt', endedAt, now),
      ...(await checkProvince(sql, 'provinceId', provinceId, receivedAt)),
    ];
    if (faults.length > 0) return faults;
    const id = newId('call');
    const values = { receivedAt, endedAt, category, topics, callerType, callerSex, callerAgeBand, channel, province: provinceId, agency };
    return { write: inserting(CALLS, { id, source: 'act', externalId: id, ...values }), at: receivedAt };
  },
};

interface CallCloseInput extends ActInput {
  readonly id: string;
  readonly endedAt?: Date | null;
}

const callClose: Act<CallCloseInput> = {
  on: CALLS,
  check: ({ id }) => checkId('id', id, 'call'),
  id: ({ id }) => id,
  permit: permitKeeper,
  decide: (call, { endedAt }, { now }) => {
    if (call === null) return [notThere('id', 'call')];
    if (call['endedAt'] !== null) return [wrongState('id', 'a call that has not ended', 'one that has')];
    const at = endedAt ?? now;
    const faults = [...checkPast('endedAt', at, now), ...checkNotBefore('endedAt', at, call['receivedAt'] as Date, 'receivedAt')];
    return faults.length > 0 ? faults : { write: updating(CALLS, call['id'], { endedAt: at }), at };
  },
};

interface CallRecategoriseInput extends ActInput {
  readonly id: string;
  readonly category: string;
  readonly topics?: readonly string[] | null;
  readonly reason?: string | null;
}

const callRecategorise: Act<CallRecategoriseInput> = {
  on: CALLS,
  check: ({ id, topics, reason }) => [
    ...checkId('id', id, 'call'),
    ...checkOnce('topics', topics),
    ...checkText('reason', reason, { required: 'REASON_REQUIRED' }),
  ],
  id: ({ id }) => id,
  permit: permitKeeper,
  decide: (call, { category, topics, reason }, { now }) => {
    if (call === null) return [notThere('id', 'call')];
    const changes = { category, topics: topics ?? call['topics'] };
    if (category === call['category'] && JSON.stringify(changes.topics) === JSON.stringify(call['topics'])) {
      return [noChange('category')];
    }
    return { write: updating(CALLS, call['id'], changes), at: now, reason };
  },
};

/** The acts of the hotline. */
export const acts: Readonly<Record<string, Act>> = { callRecord, callClose, callRecategorise };
