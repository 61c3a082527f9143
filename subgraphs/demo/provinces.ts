/** Where records lie: provinces by weight, always in the scheme that was in force on the record's day. */
import { readData, type Row } from './csv.ts';
import type { Random, Weighted } from './random.ts';
import { dayNumber } from './time.ts';

/** A province of the oldest scheme; on later days it stands for what became of it. */
export interface Place {
  /** Its id on that day, as `VN63:24`. */
  idOn(day: number): string;
  /** On a land border, or known for trafficking across it. */
  readonly border: boolean;
  /** In the mountains, where more than half of the people belong to ethnic minorities. */
  readonly highland: boolean;
}

/** Codes of VN63 at the borders with China, Laos and Cambodia. */
const BORDER = new Set('02 04 10 11 12 14 20 22 38 40 42 44 45 46 49 62 64 66 67 70 72 80 87 89 91'.split(' '));

/** Codes of VN63 where ethnic minorities are the majority or nearly so. */
const HIGHLAND = new Set('02 04 06 08 10 11 12 14 15 17 20 62'.split(' '));

/** Codes of VN63 with many people, and so with many calls: Hà Nội, Hồ Chí Minh and other large ones. */
const POPULOUS: Readonly<Record<string, number>> = { '01': 6, '79': 6, '38': 2, '40': 2, '74': 2, '75': 2, '31': 2, '48': 1, '92': 1 };

let places: Weighted<Place> | undefined;
let origins: Weighted<Place> | undefined;

/** A place from which the hotline is called: large provinces and border provinces more than others. */
export function callingPlace(random: Random): Place {
  places ??= weigh(({ code, border }) => 1 + (POPULOUS[code] ?? 0) + (border ? 1.5 : 0));
  return random.choose(places);
}

/** A place from which persons were trafficked: border and highland provinces far more than others. */
export function originPlace(random: Random): Place {
  origins ??= weigh(({ code, border, highland }) => 1 + (POPULOUS[code] ?? 0) / 4 + (border ? 3 : 0) + (highland ? 2 : 0));
  return random.choose(origins);
}

/** The rows of `data/provinces.csv`. */
export function provinceRows(): Row[] {
  return readData('provinces.csv');
}

interface Kind {
  readonly code: string;
  readonly border: boolean;
  readonly highland: boolean;
}

/** Places are the provinces that follow upon no other; whatever came later is reached along `successor`. */
function weigh(weight: (kind: Kind) => number): Weighted<Place> {
  const rows = new Map(provinceRows().map((row) => [`${row['scheme']}:${row['code']}`, row]));
  const later = new Set([...rows.values()].map(successor));
  return [...rows]
    .filter(([id]) => !later.has(id))
    .map(([id, row]) => {
      const code = row['code'] ?? '';
      const kind = { code, border: BORDER.has(code), highland: HIGHLAND.has(code) };
      const line = lineOf(id, rows);
      const idOn = (day: number) => (line.find(({ lastDay }) => day <= lastDay) ?? { id }).id;
      return [{ border: kind.border, highland: kind.highland, idOn }, weight(kind)] as const;
    });
}

/** A province and its successors, each with its last day, in order. */
function lineOf(id: string, rows: ReadonlyMap<string, Row>): { id: string; lastDay: number }[] {
  const line: { id: string; lastDay: number }[] = [];
  for (let at: string | undefined = id; at !== undefined; ) {
    const row = rows.get(at);
    if (row === undefined) throw new Error(`provinces.csv: expected a row for ${at}, the successor of a province`);
    line.push({ id: at, lastDay: row['validTo'] ? dayNumber(row['validTo']) : Number.POSITIVE_INFINITY });
    at = successor(row);
  }
  return line;
}

function successor(row: Row): string | undefined {
  return row['successorCode'] ? `${row['successorScheme']}:${row['successorCode']}` : undefined;
}
