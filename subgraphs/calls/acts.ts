import { type Act, type ActInput, inserting, type Records, updating, userError } from '#shared/acts/act.ts';
import { checkId, checkNotBefore, checkOnce, checkPast, checkText } from '#shared/acts/checks.ts';
import { checkProvince } from '#shared/acts/dimensions.ts';
import type { Row } from '#shared/records.ts';
import { CALL_FIELDS } from './loaders.ts';
import { mayKeep } from './rules.ts';

const CALLS: Records = { kind: 'call', table: 'call', fields: CALL_FIELDS };

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
  permit,
  decide: (call, { endedAt }, { now }) => {
    if (call === null) return [noCall()];
    if (call['endedAt'] !== null) return [userError('WRONG_STATE', 'id', 'Cuộc gọi đã kết thúc.', 'Expected a call that has not ended.')];
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
  permit,
  decide: (call, { category, topics, reason }, { now }) => {
    if (call === null) return [noCall()];
    const changes = { category, topics: topics ?? call['topics'] };
    if (category === call['category'] && JSON.stringify(changes.topics) === JSON.stringify(call['topics'])) {
      return [userError('NO_CHANGE', 'category', 'Không có gì thay đổi.', 'Expected another category, or other topics, than the call has.')];
    }
    return { write: updating(CALLS, call['id'], changes), at: now, reason };
  },
};

/** The acts of the hotline. */
export const acts: Readonly<Record<string, Act>> = { callRecord, callClose, callRecategorise };

function permit(call: Row, { agencyId }: ActInput) {
  if (mayKeep(call['agency'] as string | null, agencyId)) return [];
  return [
    userError('WRONG_AGENCY', 'agencyId', 'Chỉ cơ quan đã nhận cuộc gọi được thay đổi hồ sơ này.', 'Only the agency that took the call may change its record.'),
  ];
}

function noCall() {
  return userError('NOT_FOUND', 'id', 'Không có cuộc gọi này.', 'Expected the id of a call; there is none with this id.');
}
