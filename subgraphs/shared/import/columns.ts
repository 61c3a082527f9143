import { type CodeListName, codes } from '#schema/code-lists.ts';
import { isDay } from '#schema/dates.ts';
import { kindOfId, type RecordKind } from '#schema/record-kinds.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import { recordId } from '../record-id.ts';
import { columnOf } from '../records.ts';
import { NOT_ONE_LINE, NOT_TEXT } from '../text.ts';
import { parseMoment, vietnamDay } from './moments.ts';
import type { CellFault, Column, ParseContext, RowCheck } from './spec.ts';

/** What all columns can be told. */
export interface ColumnOptions {
  readonly required?: boolean;
  /** Written where the cell is empty, in PostgreSQL's text form. */
  readonly fallback?: string;
}

/** Longest free text, in UTF-16 units, where nothing else is said. */
const MAX_TEXT = 1_000;
/** Longest `source` and `externalId`: both stand in indexes. */
const MAX_KEY = 200;
/** How many known ids a message lists at most. */
const LISTED = 12;

/** Free text, at most `maxLength` UTF-16 units (default 1,000). Line breaks are kept, as LF. */
export function text(to: string, options: ColumnOptions & { readonly maxLength?: number } = {}): Column {
  const { maxLength = MAX_TEXT } = options;
  const expected = `text of at most ${maxLength.toLocaleString('en-US')} characters`;
  return column(to, 'text', expected, options, (cell) => {
    const value = cell.includes('\r') ? cell.replaceAll('\r\n', '\n') : cell;
    if (value.length > maxLength) return { expected: `${expected}, got ${value.length.toLocaleString('en-US')}` };
    return NOT_TEXT.test(value) ? { expected: `${expected} without control characters` } : value;
  });
}

/** A day of the calendar. */
export function day(to: string, options: ColumnOptions = {}): Column {
  const expected = 'a day that exists, as YYYY-MM-DD';
  return column(to, 'date', expected, options, (cell) => (isDay(cell) ? cell : { expected }));
}

/** A moment: ISO 8601; without an offset it is Vietnam's time, a day alone is its beginning there. */
export function moment(to: string, options: ColumnOptions = {}): Column {
  const expected = 'a moment that exists, as YYYY-MM-DDThh:mm:ss+07:00 (without an offset: Vietnam time; YYYY-MM-DD: its midnight)';
  return column(to, 'timestamptz', expected, options, (cell) => parseMoment(cell) ?? { expected });
}

/** A value of a code list. */
export function code(to: string, list: CodeListName, options: ColumnOptions = {}): Column {
  const known = new Set(codes(list));
  const expected = `one of ${[...known].join(', ')}`;
  return column(to, 'text', expected, options, (cell) => (known.has(cell) ? cell : { expected }));
}

/** Values of a code list, separated by `;`, each once; none where the cell is empty. */
export function codeList(to: string, list: CodeListName, options: ColumnOptions = {}): Column {
  const known = new Set(codes(list));
  const expected = `values separated by ";", each once, of ${[...known].join(', ')}`;
  return listColumn(to, expected, options, (item) => (known.has(item) ? item : { expected }));
}

/** The id of a province (`SCHEME:CODE`) or an agency that is loaded. */
export function dimension(to: string, kind: string, options: ColumnOptions = {}): Column {
  return column(to, 'text', expectedDimension(kind), options, (cell, context) => parseDimension(kind, cell, context));
}

/** Ids of provinces or agencies that are loaded, separated by `;`, each once. */
export function dimensionList(to: string, kind: string, options: ColumnOptions = {}): Column {
  const expected = `values separated by ";", each once, each ${expectedDimension(kind)}`;
  return listColumn(to, expected, options, (item, context) => parseDimension(kind, item, context));
}

/** The id by which a province or an agency is known to all subgraphs. */
export function dimensionId(to: string, options: ColumnOptions = {}): Column {
  const expected = 'an id: at most 64 letters, digits and ". _ - :", beginning with a letter or digit';
  return column(to, 'text', expected, options, (cell) => (isDimensionId(cell) ? cell : { expected }));
}

/** The name of a scheme of provinces, as it can be asked for as a geography. */
export function schemeId(to: string, options: ColumnOptions = {}): Column {
  const expected = 'the name of a scheme such as VN34: at most 32 letters, digits and "_"';
  return column(to, 'text', expected, options, (cell) => (/^\w{1,32}$/.test(cell) ? cell : { expected }));
}

/** The code of a province within its scheme. */
export function provinceCode(to: string, options: ColumnOptions = {}): Column {
  const expected = 'the code of a province: at most 31 letters, digits and ". _ -", beginning with a letter or digit';
  return column(to, 'text', expected, options, (cell) => (isDimensionId(cell) && cell.length <= 31 && !cell.includes(':') ? cell : { expected }));
}

/** A whole number from `min` to `max`, both inclusive. */
export function integer(to: string, options: ColumnOptions & { readonly min: number; readonly max: number }): Column {
  const expected = `a whole number from ${options.min} to ${options.max}`;
  return column(to, 'integer', expected, options, (cell) => {
    const value = Number(cell);
    return /^-?\d{1,9}$/.test(cell) && value >= options.min && value <= options.max ? String(value) : { expected };
  });
}

/** `true` or `false`, in any case: spreadsheets write TRUE. */
export function boolean(to: string, options: ColumnOptions = {}): Column {
  const expected = 'true or false';
  return column(to, 'boolean', expected, options, (cell) => {
    const value = cell.toLowerCase();
    return value === 'true' || value === 'false' ? value : { expected };
  });
}

/** A country by its two letters of ISO 3166-1. */
export function country(to: string, options: ColumnOptions = {}): Column {
  const expected = 'a country by its two capital letters of ISO 3166-1, such as VN';
  return column(to, 'text', expected, options, (cell) => (isCountry(cell) ? cell : { expected }));
}

/** Whether `text` is a country's two capital letters of ISO 3166-1. */
export function isCountry(text: string): boolean {
  return COUNTRIES.has(text);
}

/**
 * Another record, by the externalId that it has in the row's source, or by its id. `table`: it must be in that table of this database (or,
 * when the import writes the same table, in the file); without, it is another subgraph's, not looked up, and kept sealed.
 */
export function recordReference(to: string, kind: RecordKind, options: ColumnOptions & { readonly table?: string } = {}): Column {
  const expected = `the externalId (in the same source) or id of ${withArticle(kind)}${options.table === undefined ? '' : ' that is loaded'}`;
  const parse = (cell: string, context: ParseContext) => {
    // Sources may use UUIDs as their own ids, but not of version 8, which is what recordId makes.
    const given = kindOfId(cell);
    if (given !== undefined) return given === kind ? cell.toLowerCase() : { expected: `${expected}, got the id of ${withArticle(given)}` };
    return isKey(cell) ? recordId(context.recordIdKey, kind, context.source, cell) : { expected };
  };
  if (options.table === undefined) {
    return column(to, 'uuid', expected, options, (cell, context) => {
      const id = parse(cell, context);
      return typeof id === 'string' ? context.foreignIds.seal(id) : id;
    });
  }
  const made = column(to, 'uuid', expected, options, parse);
  return { ...made, references: { table: options.table } };
}

/** Where a record comes from: external ids are keyed by it. `import` where nothing is said. */
export function source(): Column {
  const expected = `the name of the records' source, at most ${MAX_KEY} characters ("import" where none is given)`;
  return column('source', 'text', expected, { fallback: 'import' }, (cell) => (isKey(cell) ? cell : { expected }));
}

/** The id that a record has in its source. */
export function externalId(): Column {
  const expected = `the id that the record has in its source, at most ${MAX_KEY} characters`;
  return column('external_id', 'text', expected, { required: true }, (cell) => (isKey(cell) ? cell : { expected }));
}

/** The dimension in CSV column `name` must be in force on the day (in Vietnam) that database column `dayColumn` holds. */
export function validOn(name: string, kind: string, dayColumn: string): RowCheck {
  const to = columnOf(name);
  return {
    column: name,
    check: (row, { references }) => {
      const id = row[to];
      const moment = row[dayColumn];
      const validity = id ? references.get(kind)?.get(id) : undefined;
      if (!moment || validity === undefined) return undefined;
      const { validFrom, validTo } = validity;
      if (validFrom === null && validTo === null) return undefined;
      // A day written with another offset is Vietnam's day, the one before or the one after; most lie well within.
      const written = moment.slice(0, 10);
      if ((validFrom === null || written > validFrom) && (validTo === null || written < validTo)) return undefined;
      const on = vietnamDay(moment);
      if (validFrom !== null && on < validFrom) return `${withArticle(kind)} in force on ${on}; ${id} is only from ${validFrom}`;
      return validTo !== null && on > validTo ? `${withArticle(kind)} in force on ${on}; ${id} was only until ${validTo}` : undefined;
    },
  };
}

function column(to: string, type: string, expected: string, options: ColumnOptions, parse: Column['parse']): Column {
  const { required, fallback } = options;
  return { to, type, expected, parse, ...(required === undefined ? {} : { required }), ...(fallback === undefined ? {} : { fallback }) };
}

/** A column of type text[]. Items never hold characters that PostgreSQL's array form would have to quote. */
function listColumn(to: string, expected: string, options: ColumnOptions, parseItem: Column['parse']): Column {
  return column(to, 'text[]', expected, { fallback: '{}', ...options }, (cell, context) => {
    const items: string[] = [];
    for (const part of cell.split(';')) {
      const item = part.trim();
      // "A;B;" is what exports that end each value with the separator write.
      if (item === '') continue;
      const parsed = parseItem(item, context);
      if (typeof parsed !== 'string') return parsed;
      if (items.includes(parsed)) return { expected };
      items.push(parsed);
    }
    if (items.length === 0 && options.required) return { expected };
    // An id may be the word that stands for no value in an array's text form.
    return `{${items.map((item) => (/^null$/i.test(item) ? `"${item}"` : item)).join(',')}}`;
  });
}

function expectedDimension(kind: string): string {
  return kind === 'province' ? 'a province as SCHEME:CODE that is loaded' : `the id of ${withArticle(kind)} that is loaded`;
}

function parseDimension(kind: string, cell: string, { references }: ParseContext): string | CellFault {
  const known = references.get(kind);
  if (known?.has(cell)) return cell;
  const expected = expectedDimension(kind);
  if (known === undefined || known.size === 0) return { expected: `${expected} (none is loaded)` };
  if (kind !== 'province') return { expected: known.size > LISTED ? expected : `${expected}: ${[...known.keys()].sort().join(', ')}` };
  const scheme = cell.split(':', 1)[0] ?? '';
  const schemes = new Set([...known.keys()].map((id) => id.split(':', 1)[0] ?? ''));
  if (cell.includes(':') && schemes.has(scheme)) return { expected: `${expected}; ${scheme} has no such code` };
  return { expected: `${expected}; schemes loaded: ${[...schemes].sort().join(', ')}` };
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function isKey(cell: string): boolean {
  return cell.length <= MAX_KEY && !NOT_ONE_LINE.test(cell);
}

/** ISO 3166-1 alpha-2. Written out: the names that Intl knows are those of Unicode, which has more, and change with Node. */
const COUNTRIES = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN ' +
    'CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM ' +
    'HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ' +
    'ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI ' +
    'VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
);
