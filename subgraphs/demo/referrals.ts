/** Cases and handovers as the referrals subgraph imports them. */
import { HOTLINE } from './agencies.ts';
import { type CaseFile, caseFiles } from './case-files.ts';
import type { Row } from './csv.ts';
import { type Handover, handoversOf } from './handovers.ts';
import { externalId, SOURCE } from './records.ts';
import { dayOfMinute, minuteCell, minuteText } from './time.ts';

/** Rows of the `cases` import. */
export function* demoCases(): Generator<Row> {
  for (const file of caseFiles()) yield caseRow(file);
}

/** Rows of the `handovers` import. */
export function* demoHandovers(): Generator<Row> {
  let number = 0;
  for (const file of caseFiles()) {
    for (const handover of handoversOf(file)) {
      const before = externalId('H', number);
      yield handoverRow(externalId('H', ++number), file, handover, handover.redirected ? before : '');
    }
  }
}

function caseRow({ id, call, openedAt, stage, closedAt }: CaseFile): Row {
  return {
    source: SOURCE,
    externalId: id,
    call: call.id,
    openedAt: minuteText(openedAt),
    stage,
    closedAt: minuteCell(closedAt),
    province: call.place.idOn(dayOfMinute(openedAt)),
    agency: HOTLINE,
    callReceivedAt: minuteText(call.receivedAt),
    callerType: call.callerType,
  };
}

function handoverRow(id: string, file: CaseFile, { to, state, at, legalBasis, rejectionReason }: Handover, redirectedFrom: string): Row {
  return {
    source: SOURCE,
    externalId: id,
    case: file.id,
    fromAgency: HOTLINE,
    toAgency: to,
    state,
    legalBasis,
    createdAt: minuteCell(at.DRAFT ?? null),
    sentAt: minuteCell(at.SENT ?? null),
    acknowledgedAt: minuteCell(at.ACKNOWLEDGED ?? null),
    acceptedAt: minuteCell(at.ACCEPTED ?? null),
    startedAt: minuteCell(at.IN_PROGRESS ?? null),
    completedAt: minuteCell(at.COMPLETED ?? null),
    rejectedAt: minuteCell(at.REJECTED ?? null),
    revokedAt: minuteCell(at.REVOKED ?? null),
    rejectionReason,
    redirectedFrom,
  };
}
