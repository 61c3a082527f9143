import { idFaults, iso, inFuture, type ModelAct, provinceFaults, textFaults, tooEarly, twice, type Values, type World } from './world.ts';

const tookIt = (_: World, call: Values, agency: string) => call['agency'] === agency;

/** The acts of the hotline, as they should be. */
export const calls: Readonly<Record<string, ModelAct>> = {
  callRecord: {
    kind: 'call',
    changes: false,
    form: ({ topics, receivedAt, endedAt }) => [...twice('topics', topics), ...tooEarly('endedAt', endedAt, receivedAt)],
    rest: (world, _, input, { now, id }) => {
      const received = input['receivedAt'] as Date;
      const faults = [
        ...inFuture('receivedAt', received, now),
        ...inFuture('endedAt', input['endedAt'], now),
        ...provinceFaults(world, 'provinceId', input['provinceId'], received),
      ];
      if (faults.length > 0) return faults;
      const { category, topics, callerType, callerSex, callerAgeBand, channel, provinceId = null, agencyId } = input;
      return {
        record: {
          ...{ id, source: 'act', externalId: id, receivedAt: iso(received), endedAt: iso(input['endedAt']) },
          ...{ category, topics, callerType, callerSex, callerAgeBand, channel, province: provinceId, agency: agencyId },
        },
        at: received,
      };
    },
  },
  callClose: {
    kind: 'call',
    changes: true,
    form: ({ id }) => idFaults('id', id, 'call'),
    may: tookIt,
    rest: (_, call, input, { now }) => {
      if (call === null) return ['NOT_FOUND id'];
      if (call['endedAt'] !== null) return ['WRONG_STATE id'];
      const at = (input['endedAt'] ?? now) as Date;
      const faults = [...inFuture('endedAt', at, now), ...tooEarly('endedAt', at, call['receivedAt'])];
      return faults.length > 0 ? faults : { record: { ...call, endedAt: iso(at) }, at };
    },
  },
  callRecategorise: {
    kind: 'call',
    changes: true,
    form: ({ id, topics, reason }) => [...idFaults('id', id, 'call'), ...twice('topics', topics), ...textFaults('reason', reason, 'REASON_REQUIRED')],
    may: tookIt,
    rest: (_, call, input, { now }) => {
      if (call === null) return ['NOT_FOUND id'];
      const record = { ...call, category: input['category'], topics: input['topics'] ?? call['topics'] };
      return JSON.stringify(record) === JSON.stringify(call) ? ['NO_CHANGE category'] : { record, at: now, reason: input['reason'] };
    },
  },
};
