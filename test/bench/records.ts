import { createWriteStream } from 'node:fs';
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
      const received = new Date(FIRST + (mix(i, 1) % DAYS) * 86_400_000 + (mix(i, 2) % 1_440) * 60_000);
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
