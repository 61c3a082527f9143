import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { readCsv } from '../testkit/tally.ts';
import { join } from 'node:path';

/** Calls over ten years, all of Vietnam's provinces of the time and every breakdown: what a busy hotline would have. Deterministic. */
const TOPICS = [
  'LEGAL',
  'SHELTER',
  'MEDICAL',
  'FINANCIAL',
  'PSYCHOLOGICAL',
  'MIGRATION_LABOUR_EXPORT',
  'MISSING_PERSON',
  'TRAFFICKING_SITUATION',
  'HOTLINE_FUNCTIONS',
];
const CATEGORIES = ['INFORMATION', 'INFORMATION', 'INFORMATION', 'INFORMATION', 'COUNSELLING', 'REFERRAL'];
const CALLERS = ['PUBLIC', 'PUBLIC', 'PUBLIC', 'RELATIVE_FRIEND', 'OFFICIAL_PRESS', 'VICTIM'];
const SEXES = ['FEMALE', 'MALE', 'UNKNOWN'];
const AGES = ['AGE_0_10', 'AGE_11_14', 'AGE_15_18', 'AGE_19_25', 'AGE_26_40', 'AGE_41_PLUS', 'UNKNOWN'];
const FIRST = Date.UTC(2013, 9, 1);
const DAYS = 3_650;
const HEADER = 'externalId,receivedAt,endedAt,category,topics,callerType,callerSex,callerAgeBand,channel,province,agency\n';

const provinces = readCsv(join(import.meta.dirname, '../../subgraphs/demo/data/provinces.csv'))
  .filter((row) => row['scheme'] === 'VN63')
  .map((row) => `VN63:${row['code']}`);

/** Writes `count` calls as the import reads them, and as rows of the table `call` for `psql \copy`. */
export async function writeCalls(count: number, importFile: string, copyFile: string): Promise<void> {
  const forImport = createWriteStream(importFile);
  const forCopy = createWriteStream(copyFile);
  forImport.write(HEADER);
  for (let start = 0; start < count; start += 5_000) {
    let rows = '';
    let copies = '';
    for (let i = start; i < Math.min(start + 5_000, count); i += 1) {
      const pick = <T>(list: readonly T[], salt: number): T => list[mix(i, salt) % list.length] as T;
      const received = new Date(receivedAt(i));
      const ended = new Date(received.getTime() + (mix(i, 3) % 60) * 60_000);
      const topics = [pick(TOPICS, 4)];
      const rest = [pick(CALLERS, 5), pick(SEXES, 6), pick(AGES, 7), 'PHONE', pick(provinces, 8), 'cuc-tre-em'].join(',');
      const at = `${received.toISOString()},${ended.toISOString()},${pick(CATEGORIES, 9)}`;
      rows += `B-${i},${at},${topics.join(';')},${rest}\n`;
      copies += `${uuid(i)},import,B-${i},${at},"{${topics.join(',')}}",${rest}\n`;
    }
    if (!forImport.write(rows)) await once(forImport, 'drain');
    if (!forCopy.write(copies)) await once(forCopy, 'drain');
  }
  await Promise.all([forImport, forCopy].map((file) => new Promise<void>((done) => file.end(done))));
}

/** How many records of each kind there are. */
export interface Sizes {
  readonly calls: number;
  readonly cases: number;
  readonly handovers: number;
  readonly victims: number;
  readonly supports: number;
}

const RECEIVERS = ['c02', 'pcmt-bdbp', 'hlhpn'];
const PURPOSES = ['SEXUAL_EXPLOITATION', 'FORCED_LABOUR', 'FORCED_MARRIAGE', 'FORCED_CRIMINALITY'];
const SUPPORTS = ['ESSENTIAL_NEEDS', 'MEDICAL', 'PSYCHOLOGICAL', 'LEGAL_AID', 'EDUCATION', 'TRAVEL'];
const BASES = ['STATUTORY_REPORT', 'CONSENT', 'GUARDIAN_CONSENT', 'VITAL_INTEREST', ''];

/** Cases of the calls of {@link writeCalls}, and all that follows from them, as CSVs in `folder` by the name of their import. */
export function writeFollowing(sizes: Sizes, folder: string): Readonly<Record<'cases' | 'handovers' | 'victims' | 'supports', string>> {
  const pick = <T>(list: readonly T[], i: number, salt: number): T => list[mix(i, salt) % list.length] as T;
  const minutes = (time: number, n: number) => new Date(time + n * 60_000).toISOString();
  const callOf = (i: number) => mix(i, 21) % sizes.calls;
  const opened = (i: number) => receivedAt(callOf(i)) + (mix(i, 22) % 300) * 60_000;
  const file = (name: string, header: string, rows: number, row: (i: number) => string[]) => {
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, `${[header, ...Array.from({ length: rows }, (_, i) => row(i).join(','))].join('\n')}\n`);
    return path;
  };
  return {
    cases: file('cases', 'externalId,call,openedAt,stage,province,agency,callReceivedAt,callerType', sizes.cases, (i) => {
      const call = callOf(i);
      const from = i % 20 === 0 ? ['', '', ''] : [`B-${call}`, new Date(receivedAt(call)).toISOString(), pick(CALLERS, call, 5)];
      return [`R-${i}`, from[0] ?? '', minutes(opened(i), 0), 'SUPPORTING', pick(provinces, i, 23), 'cuc-tre-em', from[1] ?? '', from[2] ?? ''];
    }),
    handovers: file(
      'handovers',
      'externalId,case,fromAgency,toAgency,state,legalBasis,createdAt,sentAt,acknowledgedAt,acceptedAt,rejectedAt,rejectionReason',
      sizes.handovers,
      (i) => {
        const of = i % sizes.cases;
        const sent = opened(of) + (mix(i, 24) % 5_000) * 60_000;
        const acknowledged = mix(i, 25) % 2_000;
        const state = pick(['ACCEPTED', 'ACCEPTED', 'ACCEPTED', 'REJECTED', 'ACKNOWLEDGED'], i, 26);
        const decided = minutes(sent, acknowledged + (mix(i, 27) % 6_000));
        const ends = [state === 'ACCEPTED' ? decided : '', state === 'REJECTED' ? decided : '', state === 'REJECTED' ? 'NO_CAPACITY' : ''];
        const moments = [minutes(sent, -10), minutes(sent, 0), minutes(sent, acknowledged)];
        return [`H-${i}`, `R-${of}`, 'cuc-tre-em', pick(RECEIVERS, i, 28), state, pick(BASES, i, 29), ...moments, ...ends];
      },
    ),
    victims: file(
      'victims',
      'externalId,case,registeredAt,legalStatus,sex,ageAtTrafficking,acts,means,purposes,originProvince,destinationCountry,agency',
      sizes.victims,
      (i) => {
        const of = mix(i, 30) % sizes.cases;
        const status = pick(['VICTIM', 'VICTIM', 'IN_IDENTIFICATION', 'NOT_VICTIM'], i, 31);
        const who = [status, pick(SEXES, i, 32), String(10 + (mix(i, 33) % 25)), 'RECRUITMENT', 'DECEPTION', pick(PURPOSES, i, 34)];
        return [
          `V-${i}`,
          i % 25 === 0 ? '' : `R-${of}`,
          minutes(opened(of), mix(i, 35) % 9_000),
          ...who,
          pick(provinces, i, 36),
          pick(['VN', 'CN', 'KH', ''], i, 37),
          pick(RECEIVERS, i, 38),
        ];
      },
    ),
    supports: file('supports', 'externalId,victim,type,startedAt,endedAt,inShelter,agency', sizes.supports, (i) => {
      const of = mix(i, 39) % sizes.victims;
      const started = opened(mix(of, 30) % sizes.cases) + (mix(i, 40) % 20_000) * 60_000;
      const ended = mix(i, 41) % 50 === 0 ? '' : minutes(started, mix(i, 42) % 260_000);
      return [`S-${i}`, `V-${of}`, pick(SUPPORTS, i, 43), minutes(started, 0), ended, String(mix(i, 44) % 3 === 0), pick(RECEIVERS, i, 45)];
    }),
  };
}

/** When the call of this number came in; in milliseconds. */
function receivedAt(i: number): number {
  return FIRST + (mix(i, 1) % DAYS) * 86_400_000 + (mix(i, 2) % 1_440) * 60_000;
}

/** A whole number from `index` and `salt`, spread evenly (a multiplicative hash with murmur's finish). */
function mix(index: number, salt: number): number {
  let h = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

function uuid(index: number): string {
  const hex = [11, 12, 13, 14].map((salt) => mix(index, salt).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
