import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvError, type CsvRow, openCsv } from '#shared/import/csv.ts';

const SAVE_AS = 'save it as "CSV UTF-8"';
const QUOTES = 'a cell with quotes to be quoted as a whole, with the quotes within it doubled';
const BOM = '\uFEFF';

interface Reading {
  header: readonly string[];
  rows: CsvRow[];
  warnings: readonly string[];
  /** How much had been read with each batch. */
  bytes: number[];
}

/** Reads a file that comes in these chunks to its end. */
async function read(...chunks: (Uint8Array | string)[]): Promise<Reading> {
  const csv = await openCsv(stream(chunks));
  const rows: CsvRow[] = [];
  const bytes: number[] = [];
  for await (const batch of csv.batches) {
    rows.push(...batch.rows);
    bytes.push(batch.bytes);
  }
  return { header: csv.header, rows, warnings: csv.warnings, bytes };
}

async function* stream<T>(chunks: Iterable<T>): AsyncGenerator<T> {
  yield* chunks;
}

/** What comes of reading these chunks, as far as it may not depend on how the file was cut into them. */
async function outcome(chunks: (Uint8Array | string)[]): Promise<unknown> {
  try {
    const { header, rows, warnings } = await read(...chunks);
    return { header, rows, warnings };
  } catch (error) {
    if (error instanceof CsvError) return error.message;
    throw error;
  }
}

const cells = ({ rows }: Reading) => rows.map((row) => row.cells);
const utf8 = (text: string) => Buffer.from(text);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** The file byte by byte: every boundary there can be. */
const byteByByte = (file: Uint8Array) => [...file].map((byte) => Uint8Array.of(byte));

function cut<T extends { length: number; slice(from: number, to: number): T }>(file: T, places: readonly number[]): T[] {
  const ends = [...new Set([0, ...places.map((place) => place % (file.length + 1)), file.length])].sort((a, b) => a - b);
  return ends.slice(1).map((end, i) => file.slice(ends[i] ?? 0, end));
}

/** Any character; fast-check's own `binary` takes seconds to set up. */
const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => (code >= 0xd800 && code <= 0xdfff ? '\uFFFD' : String.fromCodePoint(code)));
const places = fc.array(fc.nat(), { maxLength: 20 });
const AWKWARD = ['"', '""', ',', ';', '\t', '\n', '\r', '\r\n', ' ', 'a', '7', 'Nguyễn Thị Hòa', 'Đ', 'e\u0302\u0323', '👩🏽‍⚕️', '\u00A0', "'"];
const content = fc.oneof(
  fc.constantFrom('', 'VN63:24', 'Hà Nội'),
  fc.string({ unit: fc.constantFrom(...AWKWARD), maxLength: 8 }),
  fc.string({ unit: character, maxLength: 6 }),
);
/** `quoted`: also where it need not be. */
const cell = fc.record({ content, quoted: fc.boolean() });
const writtenFile = fc.record({
  header: fc.array(fc.record({ content: content.filter((text) => text.trim() !== '' && !text.includes('\0')), quoted: fc.boolean() }), {
    minLength: 2,
    maxLength: 5,
  }),
  rows: fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
  separator: fc.constantFrom(',', ';', '\t'),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
  endsWithBreak: fc.boolean(),
});
type WrittenFile = typeof writtenFile extends fc.Arbitrary<infer T> ? T : never;

/** The file as text, and the line on which each row begins. */
function write({ header, rows, separator, lineBreak, bom, endsWithBreak }: WrittenFile): { text: string; lines: number[] } {
  let text = bom ? BOM : '';
  const lines: number[] = [];
  for (const [i, row] of [header, ...rows].entries()) {
    lines.push(text.split('\n').length);
    const written = row.map(({ content: value, quoted }) => {
      // A header's names must leave no doubt which separator the file has.
      const special = i === 0 ? /[",;\t\r\n\uFEFF]/.test(value) : /["\r\n]/.test(value) || value.includes(separator);
      return quoted || special ? `"${value.replaceAll('"', '""')}"` : value;
    });
    text += written.join(separator) + (i < rows.length || endsWithBreak ? lineBreak : '');
  }
  return { text, lines: lines.slice(1) };
}

/** The rows with content as csv-parse reads them. */
function oracle(text: string, separator: string): string[][] {
  const options = { delimiter: separator, bom: true, record_delimiter: ['\r\n', '\n'], relax_column_count: true, skip_empty_lines: true };
  return (parse(text, options) as string[][]).filter((row) => row.some((value) => value !== ''));
}

describe('a CSV', () => {
  it('is read as csv-parse reads it, with the right lines, however it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(writtenFile, fc.option(places, { nil: null }), async (file, cuts) => {
        const { text, lines } = write(file);
        const bytes = utf8(text);
        const reading = await read(...(cuts === null ? byteByByte(bytes) : cut(bytes, cuts)));
        const [header = [], ...rows] = oracle(text, file.separator);
        expect(reading.header).toEqual(header.map((name) => name.trim()));
        expect(cells(reading)).toEqual(rows);
        expect(reading.rows.every((row) => row.expected === undefined)).toBe(true);
        const withContent = file.rows.map((row) => row.some((value) => value.content !== ''));
        expect(reading.rows.map((row) => row.line)).toEqual(lines.filter((_, i) => withContent[i]));
        expect(reading.bytes.at(-1)).toBe(bytes.length);
        expect(reading.bytes).toEqual(reading.bytes.toSorted((a, b) => a - b));
      }),
      { numRuns: 400 },
    );
  });

  it('that comes as strings may be cut within a character too', async () => {
    await fc.assert(
      fc.asyncProperty(writtenFile, places, async (file, cuts) => {
        const { text } = write(file);
        expect(await outcome(cut(text, cuts))).toEqual(await outcome([utf8(text)]));
      }),
      { numRuns: 200 },
    );
  });

  it('says the same of any text, well-formed or not, however it is cut', async () => {
    const pieces = fc.oneof(fc.constantFrom('"', '""', ',', ';', '\n', '\n', '\r\n', '\r', ' ', 'a', 'ệ', '👩🏽‍⚕️'), character);
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), places, async (texts, cuts) => {
        const file = utf8(texts.join(''));
        const whole = await outcome([file]);
        expect(await outcome(cut(file, cuts))).toEqual(whole);
        expect(await outcome(byteByByte(file))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same of bytes that are no text, however they are cut', async () => {
    const bytes = fc.oneof(fc.constantFrom(...[0x0a, 0x22, 0x2c, 0xc3, 0xa9, 0xe1, 0xbb, 0x87, 0xf0, 0x9f, 0x98, 0x80]), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 30 }), places, async (tail, cuts) => {
        const file = Buffer.concat([utf8('id,tên\n'), Uint8Array.from(tail)]);
        const whole = await outcome([file]);
        expect(await outcome(cut(file, cuts))).toEqual(whole);
        expect(await outcome(byteByByte(file))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what spreadsheets write is read:', () => {
  it.each([
    ['commas', 'id,tên\nA,Hòa\n'],
    ['semicolons', 'id;tên\nA;Hòa\n'],
    ['tabs', 'id\ttên\nA\tHòa\n'],
    ['CRLF', 'id,tên\r\nA,Hòa\r\n'],
    ['a byte order mark', `${BOM}id,tên\nA,Hòa\n`],
    ['a byte order mark before a quote', `${BOM}"id","tên"\nA,Hòa\n`],
    ['quotes around all cells', '"id","tên"\r\n"A","Hòa"\r\n'],
    ['spaces between a closing quote and the separator', '"id" ,"tên"\n"A" ,"Hòa" \n'],
    ['spaces around the names of columns', ' id , tên \nA,Hòa\n'],
    ['rows of separators below the last row', 'id,tên\nA,Hòa\n,\n,\n"",""\n\n'],
    ['empty lines above the first row', '\r\n\nid,tên\nA,Hòa\n'],
    ['rows of separators above the first row', ',\nid,tên\nA,Hòa\n'],
  ])('%s', async (_, text) => {
    for (const chunks of [[utf8(text)], byteByByte(utf8(text))]) {
      const reading = await read(...chunks);
      expect(reading.header).toEqual(['id', 'tên']);
      expect(cells(reading)).toEqual([['A', 'Hòa']]);
      expect(reading.warnings).toEqual([]);
    }
  });

  it('quoted separators, quotes and line breaks', async () => {
    const reading = await read('id,note,province\nA,"a ""b"", c\r\nd",VN63:24\nB,,\n');
    expect(reading.rows).toEqual([
      { line: 2, cells: ['A', 'a "b", c\r\nd', 'VN63:24'] },
      { line: 4, cells: ['B', '', ''] },
    ]);
  });

  it('the separator that the first line has, whichever others stand in quotes or below', async () => {
    expect((await read('"a,b,c";d\n1,2;3\n')).header).toEqual(['a,b,c', 'd']);
    expect(cells(await read('id,topics\nA,LEGAL;SHELTER;MEDICAL\n'))).toEqual([['A', 'LEGAL;SHELTER;MEDICAL']]);
    expect(cells(await read('externalId\nA;B\n'))).toEqual([['A;B']]);
    expect(cells(await read('"externalId"\nA;B\n'))).toEqual([['A;B']]);
  });

  it('a first line that comes in several chunks, with line breaks in its names', async () => {
    const reading = await read('"id\n(of the', ' source)";"na', 'me"', '\nA;', 'B\n');
    expect(reading.header).toEqual(['id\n(of the source)', 'name']);
    expect(reading.rows).toEqual([{ line: 3, cells: ['A', 'B'] }]);
  });

  it('a file with its first line alone', async () => {
    expect(await read('id,name\n')).toMatchObject({ header: ['id', 'name'], rows: [], warnings: [] });
  });

  it('rows with fewer and more cells than the first, for the reader to judge', async () => {
    expect(cells(await read('a,b\n1\n1,2,3\n'))).toEqual([['1'], ['1', '2', '3']]);
  });
});

describe('a file that is odd', () => {
  it('is warned of when its last line has no break, wherever it was cut', async () => {
    const warnings = ['the last line has no line break: check that the file was not cut short'];
    for (const text of ['id,name\nA,B', 'id,name', 'id,name\nA,"B"']) {
      expect((await read(utf8(text))).warnings).toEqual(warnings);
      expect((await read(...byteByByte(utf8(text)))).warnings).toEqual(warnings);
    }
  });

  it('has every row with quotes that make no sense reported, and no other', async () => {
    const bad = ['"A"B,1', 'say "A",1', '"A" B,1', '"x"x,1', ' "A",1', 'A",1', '"say "A"",1', '"A""B"C,1'];
    for (const row of bad) {
      const text = `id,n\nbefore,0\n${row}\nafter,2\n`;
      for (const chunks of [[utf8(text)], byteByByte(utf8(text))]) {
        const { rows } = await read(...chunks);
        expect(rows, row).toMatchObject([
          { line: 2, cells: ['before', '0'] },
          { line: 3, expected: QUOTES },
          { line: 4, cells: ['after', '2'] },
        ]);
        expect(rows[0]).not.toHaveProperty('expected');
        expect(rows[2]).not.toHaveProperty('expected');
      }
    }
  });

  it.each([
    ['is empty', '', 'the file is empty: expected a line with the names of the columns'],
    ['has a byte order mark and nothing else', BOM, 'the file is empty: expected a line with the names of the columns'],
    ['has line breaks and separators and nothing else', '\r\n\n,,\n', 'the file is empty: expected a line with the names of the columns'],
    ['has old Mac line breaks', 'id,name\rA,B\r', `the lines end with CR alone, as on old Macs: ${SAVE_AS}`],
    ['has quotes that make no sense in its first line', '\n"id"x,name\nA,B\n', `line 2: expected ${QUOTES}`],
    [
      'ends within quotes',
      'id,name\nA,B\nC,"D\nE\nF,G\n',
      'line 3: expected the quote that opens here to be closed, which it is not before the end of the file: the file was cut short, or a quote is missing',
    ],
    [
      'ends within the quotes of a cell below the beginning of its row',
      'id,note,name\n"A","one\ntwo\nthree","B',
      'line 4: expected the quote that opens here to be closed, which it is not before the end of the file: the file was cut short, or a quote is missing',
    ],
    [
      'ends within the quotes of its first line',
      '"id,name\nA,B\n',
      'line 1: expected the quote that opens here to be closed, which it is not before the end of the file: the file was cut short, or a quote is missing',
    ],
  ])('is refused when it %s', async (_, text, message) => {
    expect(await outcome([utf8(text)])).toBe(message);
    expect(await outcome(byteByByte(utf8(text)))).toBe(message);
  });

  it('is refused when it ends within a character', async () => {
    const message = 'line 2: the file ends within a character: it was cut short';
    for (const character of ['é', 'ễ', '👩']) {
      for (let length = 1; length < utf8(character).length; length += 1) {
        const file = Buffer.concat([utf8('id,name\nA,Nguy'), utf8(character).subarray(0, length)]);
        expect(await outcome([file])).toBe(message);
        expect(await outcome(byteByByte(file))).toBe(message);
      }
    }
  });

  it('is refused when it is UTF-16, with its mark or without', async () => {
    const message = `the file is not UTF-8 but UTF-16 or binary: ${SAVE_AS}`;
    const littleEndian = Buffer.from('id,name\r\nA,B\r\n', 'utf16le');
    const bigEndian = Buffer.from(littleEndian).swap16();
    for (const file of [
      Buffer.concat([Uint8Array.of(0xff, 0xfe), littleEndian]),
      Buffer.concat([Uint8Array.of(0xfe, 0xff), bigEndian]),
      littleEndian,
      bigEndian,
    ]) {
      expect(await outcome([file])).toBe(message);
      expect(await outcome(byteByByte(file))).toBe(message);
    }
  });

  it('is refused when it is of another 8-bit code, with the first line that shows it', async () => {
    // "Trần" in Windows-1258: a with circumflex, combining grave.
    const windows1258 = Buffer.concat([latin1('Tr\u00e2'), Uint8Array.of(0xcc), latin1('n')]);
    for (const name of [latin1('Jos\u00e9'), windows1258, latin1('\u00e9')]) {
      const file = Buffer.concat([utf8('id,name\nA,Nguyễn Văn \uFFFD\nB,Hòa\nC,'), name, utf8('\nD,E\n')]);
      const message = `the file is not UTF-8 (from line 4 on): ${SAVE_AS}`;
      expect(await outcome([file])).toBe(message);
      expect(await outcome(byteByByte(file))).toBe(message);
      // The second chunk begins within a character.
      const within = file.indexOf(utf8('ễ')) + 1;
      expect(await outcome([file.subarray(0, within), file.subarray(within)])).toBe(message);
    }
  });
});

describe('memory', () => {
  /** Counts how many pieces of 64,000 characters are taken of an endless file. */
  async function taken(head: string, piece: string): Promise<{ pieces: number; message: unknown }> {
    let pieces = 0;
    async function* endless() {
      yield utf8(head);
      const chunk = utf8(piece.repeat(64_000 / piece.length));
      while (pieces < 1_000) {
        pieces += 1;
        yield chunk;
      }
    }
    const message = await openCsv(endless())
      .then(async ({ batches }) => {
        for await (const batch of batches) if (batch.rows.length < 0) break;
      })
      .catch((error: CsvError) => error.message);
    return { pieces, message };
  }

  it('is bounded when a quote never closes', async () => {
    const message =
      'line 4: expected the quote that opens here to be closed, which it is not within 1,000,000 characters: the file was cut short, or a quote is missing';
    expect(await taken('id,name\nA,B\nC,"x\ny",\n"', 'a,b\n')).toEqual({ pieces: 16, message: message.replace('line 4', 'line 5') });
    expect(await taken('id,name\nA,B\nC,D\nE,"', 'a,b\n')).toEqual({ pieces: 16, message });
  });

  it.each([
    ['a row never ends', 'id,name\nA,B\n', 'a,b,', 'line 3: expected a row of at most 1,000,000 characters'],
    ['the first line never ends', '', 'a,b,', 'line 1: expected a row of at most 1,000,000 characters'],
    ['the lines end with CR alone', 'id,name\r', 'a,b\r', `the lines end with CR alone, as on old Macs: ${SAVE_AS}`],
    [
      'a quote in the first line never closes',
      'id,"na',
      'a,b\n',
      'line 1: expected the quote that opens here to be closed, which it is not within 1,000,000 characters: the file was cut short, or a quote is missing',
    ],
  ])('is bounded when %s', async (_, head, piece, message) => {
    expect(await taken(head, piece)).toEqual({ pieces: 16, message });
  });

  it('bounds rows by their length, not by how they come', async () => {
    const longest = `${'a'.repeat(999_998)},b`;
    expect(await outcome([`id,name\n${longest}\n`])).toMatchObject({ rows: [{ line: 2 }] });
    for (const row of [`${longest}b`, `"${'a'.repeat(999_998)}",b`]) {
      for (const chunks of [[`id,name\n${row}\n`], cut(`id,name\n${row}\n`, [500_000, 1_000_007])]) {
        expect(await outcome(chunks)).toBe('line 2: expected a row of at most 1,000,000 characters');
      }
    }
  });
});

describe('the input', () => {
  it('is closed when the reader stops early', async () => {
    let closed = false;
    async function* input() {
      try {
        yield 'id\nA\n';
        yield 'B\n';
      } finally {
        closed = true;
      }
    }
    const { batches } = await openCsv(input());
    for await (const { rows } of batches) if (rows.length > 0) break;
    expect(closed).toBe(true);
  });

  it('passes its own failure on', async () => {
    async function* input() {
      yield 'id\nA\n';
      throw new Error('the disk is gone');
    }
    const { batches } = await openCsv(input());
    const toItsEnd = async () => {
      for await (const { rows } of batches) expect(rows).toEqual([{ line: 2, cells: ['A'] }]);
    };
    await expect(toItsEnd()).rejects.toThrow('the disk is gone');
  });
});
