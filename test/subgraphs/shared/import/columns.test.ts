import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as columns from '#shared/import/columns.ts';
import type { Column, ParseContext } from '#shared/import/spec.ts';
import { recordId } from '#shared/record-id.ts';

interface Validity {
  validFrom: string | null;
  validTo: string | null;
}

const ALWAYS: Validity = { validFrom: null, validTo: null };
const VN63: Validity = { validFrom: null, validTo: '2025-06-30' };
const VN34: Validity = { validFrom: '2025-07-01', validTo: null };
const PROVINCES: Record<string, Validity> = { 'VN63:24': VN63, 'VN63:01': VN63, 'VN34:24': VN34, 'US50:CA': ALWAYS };
const AGENCIES: Record<string, Validity> = {
  c02: ALWAYS,
  'cuc-tre-em': ALWAYS,
  null: ALWAYS,
  'hội-phụ-nữ': { validFrom: '2017-01-01', validTo: '2020-12-31' },
};

const context: ParseContext = {
  source: 'hotline-111',
  recordIdKey: 'a key of sixteen characters or more',
  foreignIds: { seal: (id) => `sealed ${id}` },
  references: new Map([
    ['province', new Map(Object.entries(PROVINCES))],
    ['agency', new Map(Object.entries(AGENCIES))],
  ]),
};
const nothingLoaded: ParseContext = { ...context, references: new Map([['province', new Map()]]) };

/** What a cell becomes, or what is wrong with it in the words of the report. */
function reads(column: Column, cell: string, given = context): string {
  const parsed = column.parse(cell, given);
  return typeof parsed === 'string' ? parsed : `expected ${parsed.expected}`;
}

/** Asserts what each cell becomes. */
function expectReadings(column: Column, readings: Readonly<Record<string, string>>): void {
  for (const [cell, expected] of Object.entries(readings)) expect(reads(column, cell), JSON.stringify(cell)).toBe(expected);
}

/** Asserts that each cell is refused in the same words. */
function expectRefusals(column: Column, message: string, cells: readonly string[]): void {
  for (const cell of cells) expect(reads(column, cell), JSON.stringify(cell)).toBe(`expected ${message}`);
}

const NOT_TEXT = ['a\0b', '\0', 'a\rb', 'a\u0007', '\u001B[2J', 'a\u007F', 'a\u0085b', 'a\uD83D', '\uDC69b', '\uDC69\uD83D'];

describe('text', () => {
  const note = columns.text('note');

  it('is kept as it is, with line breaks as LF', () => {
    const family = '👩🏽‍⚕️ Nguyễn Thị Hòa, e\u0302\u0323';
    expectReadings(note, { [family]: family, 'a\tb\nc': 'a\tb\nc', 'a\r\nb\r\n\r\nc': 'a\nb\n\nc', NULL: 'NULL', '\\N': '\\N', '"{}"': '"{}"' });
  });

  it('holds no null byte, no other control character and no half of a surrogate pair', () => {
    expectRefusals(note, 'text of at most 1,000 characters without control characters', NOT_TEXT);
  });

  it('is at most as long as is said; a line break counts as one', () => {
    const short = columns.text('name', { maxLength: 5 });
    expectReadings(short, { '12345': '12345', '12\r\n45': '12\n45' });
    expect(reads(short, '123456')).toBe('expected text of at most 5 characters, got 6');
    expect(reads(note, 'x'.repeat(1_000))).toHaveLength(1_000);
    expect(reads(note, 'x'.repeat(1_001))).toBe('expected text of at most 1,000 characters, got 1,001');
  });
});

describe('a source and an externalId', () => {
  it('are kept as they are', () => {
    for (const column of [columns.source(), columns.externalId()]) {
      expectReadings(column, { 'B-1': 'B-1', 'Tổng đài 111': 'Tổng đài 111', ['x'.repeat(200)]: 'x'.repeat(200), null: 'null' });
    }
  });

  it('are of one line, at most 200 characters, without control characters', () => {
    const bad = [...NOT_TEXT, 'a\nb', 'a\tb', 'x'.repeat(201)];
    expectRefusals(columns.source(), 'the name of the records\' source, at most 200 characters ("import" where none is given)', bad);
    expectRefusals(columns.externalId(), 'the id that the record has in its source, at most 200 characters', bad);
  });

  it('have their place: the source may be missing, the externalId not', () => {
    expect(columns.source()).toMatchObject({ to: 'source', type: 'text', fallback: 'import' });
    expect(columns.source().required).toBeUndefined();
    expect(columns.externalId()).toMatchObject({ to: 'external_id', type: 'text', required: true });
  });
});

describe('a day', () => {
  it('is one that exists', () => {
    expectReadings(columns.day('valid_to'), { '2020-02-29': '2020-02-29', '9999-12-31': '9999-12-31' });
    expectRefusals(columns.day('valid_to'), 'a day that exists, as YYYY-MM-DD', [
      '2021-02-29',
      '29/02/2020',
      '2020-02-29T00:00:00+07:00',
      'today',
      '0000-01-01',
    ]);
  });
});

describe('a moment', () => {
  it('is one that exists, in the form that the database reads', () => {
    expectReadings(columns.moment('sent_at'), { '2021-03-05': '2021-03-05T00:00:00+07:00', '2021-03-05 08:30Z': '2021-03-05T08:30:00+00:00' });
    const message = 'a moment that exists, as YYYY-MM-DDThh:mm:ss+07:00 (without an offset: Vietnam time; YYYY-MM-DD: its midnight)';
    expectRefusals(columns.moment('sent_at'), message, ['2021-02-29', '2021-03-05T25:00', '5/3/2021', 'now', 'infinity']);
  });
});

describe('a code', () => {
  it('is one of its list, as it is written there', () => {
    const category = columns.code('category', 'CallCategory');
    expectReadings(category, { INFORMATION: 'INFORMATION', REFERRAL: 'REFERRAL' });
    expectRefusals(category, 'one of INFORMATION, COUNSELLING, REFERRAL', ['information', 'Tư vấn', 'OTHER', 'REFERRAL;COUNSELLING', 'toString', '__proto__']);
  });
});

describe('a list of codes', () => {
  const means = columns.codeList('means', 'Means');
  const message = 'values separated by ";", each once, of FORCE, THREAT_OF_FORCE, DECEPTION, ABDUCTION, ABUSE_OF_VULNERABILITY, PAYMENT, OTHER';

  it('has its values in the order given, with spaces or separators to spare', () => {
    expectReadings(means, { FORCE: '{FORCE}', 'PAYMENT;FORCE': '{PAYMENT,FORCE}', ' FORCE ; OTHER;': '{FORCE,OTHER}', ';;FORCE;;': '{FORCE}', ';': '{}' });
    expect(means).toMatchObject({ to: 'means', type: 'text[]', fallback: '{}' });
  });

  it('has each value once, and none that is not of its list', () => {
    expectRefusals(means, message, ['FORCE;FORCE', 'FORCE; FORCE', 'FORCE,OTHER', 'FORCE;force', 'FORCE;MONEY', '{FORCE}', 'FORCE|OTHER']);
  });

  it('that is required holds a value', () => {
    expectRefusals(columns.codeList('means', 'Means', { required: true }), message, [';', ' ; ;']);
  });
});

describe('a province', () => {
  const province = columns.dimension('province', 'province');

  it('is one that is loaded', () => {
    expectReadings(province, { 'VN63:24': 'VN63:24', 'VN34:24': 'VN34:24', 'US50:CA': 'US50:CA' });
  });

  it('of a scheme that has no such code, or of no scheme that is loaded, is refused with what there is', () => {
    expectReadings(province, {
      'VN63:99': 'expected a province as SCHEME:CODE that is loaded; VN63 has no such code',
      'VN63:': 'expected a province as SCHEME:CODE that is loaded; VN63 has no such code',
      'FR:75': 'expected a province as SCHEME:CODE that is loaded; schemes loaded: US50, VN34, VN63',
      VN63: 'expected a province as SCHEME:CODE that is loaded; schemes loaded: US50, VN34, VN63',
      'Hà Nội': 'expected a province as SCHEME:CODE that is loaded; schemes loaded: US50, VN34, VN63',
      'vn63:24': 'expected a province as SCHEME:CODE that is loaded; schemes loaded: US50, VN34, VN63',
    });
  });

  it('is none where none is loaded', () => {
    expect(reads(province, 'VN63:24', nothingLoaded)).toBe('expected a province as SCHEME:CODE that is loaded (none is loaded)');
  });
});

describe('an agency', () => {
  const agency = columns.dimension('agency', 'agency');

  it('is one that is loaded, of which a few are named', () => {
    expectReadings(agency, { c02: 'c02', C02: 'expected the id of an agency that is loaded: c02, cuc-tre-em, hội-phụ-nữ, null' });
    expect(reads(agency, 'c02', nothingLoaded)).toBe('expected the id of an agency that is loaded (none is loaded)');
  });

  it('is not named among many', () => {
    const many = { ...context, references: new Map([['agency', new Map(Array.from({ length: 13 }, (_, i) => [`a${i}`, ALWAYS]))]]) };
    expect(reads(agency, 'x', many)).toBe('expected the id of an agency that is loaded');
  });
});

describe('a list of agencies', () => {
  const members = columns.dimensionList('members', 'agency');

  it('has ids that are loaded, the word null among them', () => {
    expectReadings(members, { 'c02; cuc-tre-em': '{c02,cuc-tre-em}', 'null;hội-phụ-nữ': '{"null",hội-phụ-nữ}' });
    expect(reads(members, 'c02;c03')).toBe('expected the id of an agency that is loaded: c02, cuc-tre-em, hội-phụ-nữ, null');
    expect(reads(members, 'c02;c02')).toBe('expected values separated by ";", each once, each the id of an agency that is loaded');
  });
});

describe('an id of a province or an agency', () => {
  it('is made of letters, digits and ". _ - :", at most 64', () => {
    const id = columns.dimensionId('id');
    expectReadings(id, { c02: 'c02', 'VN63:24': 'VN63:24', 'Hội-LHPN': 'Hội-LHPN', ['x'.repeat(64)]: 'x'.repeat(64) });
    const message = 'an id: at most 64 letters, digits and ". _ - :", beginning with a letter or digit';
    expectRefusals(id, message, ['', ':a', '-a', 'a b', 'a+b', 'a=b', 'a|b', 'a/b', 'a;b', '*', 'a,b', 'a"b', '{a}', 'a\n', 'a\0', '\uD83D', 'x'.repeat(65)]);
  });
});

describe('a whole number', () => {
  it('lies within its bounds', () => {
    const age = columns.integer('age', { min: 0, max: 120 });
    expectReadings(age, { '0': '0', '120': '120', '017': '17', '-0': '0' });
    expectRefusals(age, 'a whole number from 0 to 120', ['-1', '121', '1.0', '1,5', '1e1', '0x1', ' 1', 'mười', '١', '0000000017', 'NaN', '']);
    expectReadings(columns.integer('n', { min: -5, max: 5 }), { '-5': '-5', '-6': 'expected a whole number from -5 to 5' });
  });
});

describe('true or false', () => {
  it('is written in any case', () => {
    const inShelter = columns.boolean('in_shelter', { fallback: 'false' });
    expectReadings(inShelter, { true: 'true', TRUE: 'true', False: 'false' });
    expectRefusals(inShelter, 'true or false', ['1', '0', 'yes', 'có', 'x', 't', 'truefalse']);
  });
});

describe('a country', () => {
  const country = columns.country('destination_country');
  // ISO 3166-1 alpha-2 by the regions of UN M49, written out apart from the product's list; held against the tz database's iso3166.tab.
  const ISO_3166 = {
    africa:
      'DZ AO BJ BW BF BI CV CM CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU YT MA MZ NA NE NG RE RW SH ST SN SC SL SO ZA ' +
      'SS SD TZ TG TN UG EH ZM ZW IO TF',
    americas:
      'AI AG AR AW BS BB BZ BM BO BQ BV BR VG CA KY CL CO CR CU CW DM DO EC SV FK GF GL GD GP GT GY HT HN JM MQ MX MS NI PA PY PE PR BL KN LC MF PM VC SX ' +
      'GS SR TT TC US VI UY VE',
    asia:
      'AF AM AZ BH BD BT BN KH CN HK MO CY GE IN ID IR IQ IL JP JO KZ KP KR KW KG LA LB MY MV MN MM NP OM PK PH QA SA SG LK PS SY TW TJ TH TL TR TM AE UZ ' +
      'VN YE',
    europe:
      'AX AL AD AT BY BE BA BG HR CZ DK EE FO FI FR DE GI GR GG VA HU IS IE IM IT JE LV LI LT LU MT MD MC ME NL MK NO PL PT RO RU SM RS SK SI ES SJ SE CH ' +
      'UA GB',
    oceania: 'AS AU CX CC CK FJ PF GU HM KI MH FM NR NC NZ NU NF MP PW PG PN WS SB TK TO TV UM VU WF',
    antarctica: 'AQ',
  };
  const COUNTRIES = Object.values(ISO_3166).flatMap((codes) => codes.split(' '));
  const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

  it('is one of the 249 of ISO 3166-1, and no other two letters are', () => {
    const pairs = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));
    expect(new Set(COUNTRIES).size).toBe(249);
    expect(pairs).toHaveLength(676);
    expect(pairs.filter((pair) => reads(country, pair) === pair)).toEqual(COUNTRIES.toSorted());
  });

  it('is written with two capital letters', () => {
    const message = 'a country by its two capital letters of ISO 3166-1, such as VN';
    expectRefusals(country, message, ['vn', 'Vn', 'VNM', 'V', '704', 'Việt Nam', 'XK', 'UK', 'EU', 'ZZ', 'SU', 'VN ', 'VN\n']);
  });
});

describe('a reference to a record', () => {
  const toCase = columns.recordReference('case_id', 'case', { required: true, table: 'referral_case' });
  const toCall = columns.recordReference('call_id', 'call');
  const id = recordId(context.recordIdKey, 'case', 'hotline-111', 'C-1');

  it('by the externalId is the id of that record in the same source', () => {
    expect(reads(toCase, 'C-1')).toBe(id);
    expect(reads(toCase, 'C-1', { ...context, source: 'another' })).toBe(recordId(context.recordIdKey, 'case', 'another', 'C-1'));
  });

  it("that is another ministry's is kept sealed", () => {
    const call = recordId(context.recordIdKey, 'call', 'hotline-111', 'C-1');
    expectReadings(toCall, { 'C-1': `sealed ${call}`, [call.toUpperCase()]: `sealed ${call}` });
    expectRefusals(toCall, 'the externalId (in the same source) or id of a call, got the id of a case', [id]);
  });

  it('by the id is that id, in small letters', () => {
    expectReadings(toCase, { [id]: id, [id.toUpperCase()]: id });
  });

  it('by a UUID that the source made itself is an externalId', () => {
    const theirs = '0a1b2c3d-0000-4000-8000-00000000abcd';
    expect(reads(toCase, theirs)).toBe(recordId(context.recordIdKey, 'case', 'hotline-111', theirs));
  });

  it('by the id of another kind of record is refused', () => {
    const call = recordId(context.recordIdKey, 'call', 'hotline-111', 'C-1');
    expectRefusals(toCase, 'the externalId (in the same source) or id of a case that is loaded, got the id of a call', [call]);
  });

  it('is looked up where a table is named', () => {
    expect(toCase).toMatchObject({ type: 'uuid', references: { table: 'referral_case' }, required: true });
    expect(toCall.references).toBeUndefined();
  });

  it('is of one line and at most 200 characters', () => {
    expectRefusals(toCase, 'the externalId (in the same source) or id of a case that is loaded', [...NOT_TEXT, 'a\nb', 'x'.repeat(201)]);
    expectRefusals(toCall, 'the externalId (in the same source) or id of a call', ['a\0']);
    expectRefusals(columns.recordReference('victim_id', 'victim'), 'the externalId (in the same source) or id of a victim', ['a\0']);
  });
});

describe('a dimension', () => {
  const check = (name: string, kind: string, row: Record<string, string | null>) => columns.validOn(name, kind, 'opened_at').check(row, context);

  it.each([
    ['VN63:24', '2025-06-30T23:59:59+07:00', undefined],
    ['VN63:24', '2025-06-30T16:59:59+00:00', undefined],
    ['VN63:24', '2025-06-30T17:00:00+00:00', 'a province in force on 2025-07-01; VN63:24 was only until 2025-06-30'],
    ['VN63:24', '1990-01-01', undefined],
    ['VN34:24', '2025-07-01T00:00:00+07:00', undefined],
    ['VN34:24', '2025-06-30T23:59:59+07:00', 'a province in force on 2025-06-30; VN34:24 is only from 2025-07-01'],
    ['US50:CA', '0001-01-01T00:00:00+07:00', undefined],
    ['VN63:99', '2025-07-01T00:00:00+07:00', undefined],
    [null, '2025-07-01T00:00:00+07:00', undefined],
    ['VN63:24', null, undefined],
  ])('%s on %s: expected %s', (province, opened_at, expected) => {
    expect(check('province', 'province', { province, opened_at })).toBe(expected);
  });

  it('is checked in the column that the field is kept in', () => {
    const late = { origin_province: 'VN63:24', opened_at: '2025-07-01' };
    expect(columns.validOn('originProvince', 'province', 'opened_at').column).toBe('originProvince');
    expect(check('originProvince', 'province', late)).toBe('a province in force on 2025-07-01; VN63:24 was only until 2025-06-30');
    expect(check('agency', 'agency', { agency: 'hội-phụ-nữ', opened_at: '2021-01-01' })).toBe(
      'an agency in force on 2021-01-01; hội-phụ-nữ was only until 2020-12-31',
    );
  });
});

describe('every column', () => {
  const options = { required: true, fallback: 'x' };
  const all: Record<string, Column> = {
    text: columns.text('c', options),
    day: columns.day('c', options),
    moment: columns.moment('c', options),
    code: columns.code('c', 'Sex', options),
    codeList: columns.codeList('c', 'Act', options),
    dimension: columns.dimension('c', 'province', options),
    dimensionList: columns.dimensionList('c', 'agency', options),
    dimensionId: columns.dimensionId('c', options),
    integer: columns.integer('c', { ...options, min: 0, max: 9 }),
    boolean: columns.boolean('c', options),
    country: columns.country('c', options),
    recordReference: columns.recordReference('c', 'call', options),
    source: columns.source(),
    externalId: columns.externalId(),
  };
  const { source: _source, externalId: _externalId, ...withOptions } = all;

  it.each(Object.entries(withOptions))('%s can be required or have a fallback, and says neither otherwise', (_, column) => {
    expect(column).toMatchObject({ to: 'c', ...options });
    expect(columns.text('c')).not.toHaveProperty('required');
    expect(columns.text('c')).not.toHaveProperty('fallback');
  });

  it.each(Object.entries(all))('%s gives the database nothing that it cannot hold, whatever the cell', (_, column) => {
    const unit = fc.oneof(
      fc.constantFrom(...'\0\n\r\t\\"{},; aA1:-_', '\uD83D', '\uDC69', 'ệ', 'null', 'c02', 'VN63:24', 'TRANSFER'),
      fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    );
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 6 }), (units) => {
        const parsed = column.parse(units.join(''), context);
        if (typeof parsed !== 'string') {
          expect(parsed.expected.startsWith(column.expected.split(',')[0] ?? '') || column.type === 'text[]').toBe(true);
          return;
        }
        expect(parsed).not.toContain('\0');
        expect(parsed.isWellFormed()).toBe(true);
        if (column.type === 'text[]') expect(parsed).toMatch(/^\{((?!null[,}])[^{}",\\\s]+|"null")?(,((?!null[,}])[^{}",\\\s]+|"null"))*\}$/i);
      }),
      { numRuns: 300 },
    );
  });
});
