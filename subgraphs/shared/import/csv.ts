import { isUtf8 } from 'node:buffer';

/**
 * CSV as spreadsheets write it: RFC 4180 in UTF-8, with or without a byte order mark, CRLF or LF, separated by `,`, `;` or tabs.
 *
 * Read by code of our own rather than csv-parse for two reasons. csv-parse took 4.7 s for a million rows of 12 columns (its tests' oracle
 * here), a third of what PostgreSQL needs to load them, and this takes 0.6 s. And it cannot say where a quote opened that never closes,
 * which is the one thing that helps when a file was cut short or a quote was forgotten.
 */

/** The file as a whole cannot be read; `message` is for the person who gave it. */
export class CsvError extends Error {}

/** One row of the file. */
export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** What was expected where the row's quotes make no sense. */
  readonly expected?: string;
}

/** Rows that came together, and how much of the file has been read with them. */
export interface CsvBatch {
  readonly rows: readonly CsvRow[];
  readonly bytes: number;
}

/** A CSV that is being read. */
export interface Csv {
  /** The names in the first line. */
  readonly header: readonly string[];
  readonly batches: AsyncGenerator<CsvBatch, void, undefined>;
  /** What is odd about the file, known once it has been read to its end. */
  readonly warnings: readonly string[];
}

/** Longest row in UTF-16 units: a quote that never closes must not draw the rest of the file into memory. */
const MAX_ROW = 1_000_000;
const QUOTES = 'a cell with quotes to be quoted as a whole, with the quotes within it doubled';
const SAVE_AS = 'save it as "CSV UTF-8"';

/**
 * Begins to read a CSV. Lines and rows without any content are passed over.
 * @throws CsvError here and while the batches are read.
 */
export async function openCsv(input: AsyncIterable<Uint8Array | string>): Promise<Csv> {
  const pieces = decode(input);
  let piece = await next(pieces);
  while (!piece.last && piece.text.length <= MAX_ROW && firstLine(piece.text) === undefined) {
    const { text, bytes, last } = await next(pieces);
    piece = { text: piece.text + text, bytes, last };
  }
  const scanner = new Scanner(separatorOf(piece.text));
  let rows = scanner.push(piece);
  while (rows.length === 0 && !piece.last) {
    piece = await next(pieces);
    rows = scanner.push(piece);
  }
  const header = rows.shift();
  if (header === undefined) throw new CsvError('the file is empty: expected a line with the names of the columns');
  if (header.expected !== undefined) throw new CsvError(`line ${header.line}: expected ${header.expected}`);
  const warnings: string[] = [];
  return { header: header.cells.map((name) => name.trim()), batches: read(pieces, scanner, rows, piece, warnings), warnings };
}

async function* read(pieces: Pieces, scanner: Scanner, first: CsvRow[], head: Piece, warnings: string[]): AsyncGenerator<CsvBatch, void, undefined> {
  try {
    yield { rows: first, bytes: head.bytes };
    for await (const piece of pieces) yield { rows: scanner.push(piece), bytes: piece.bytes };
    if (!scanner.endsWithBreak) warnings.push('the last line has no line break: check that the file was not cut short');
  } finally {
    await pieces.return(undefined);
  }
}

/** The separator: whichever stands most often in the first line, outside quotes. */
function separatorOf(head: string): string {
  const line = firstLine(`${head}\n`) ?? '';
  // Without its mark, UTF-16 of names in Latin letters is UTF-8 with a zero in every second byte.
  if (line.includes('\0')) throw notText();
  if (/\r(?!$)/.test(line)) throw new CsvError(`the lines end with CR alone, as on old Macs: ${SAVE_AS}`);
  const count = (separator: string) => line.split(separator).length;
  return [';', '\t'].reduce((best, separator) => (count(separator) > count(best) ? separator : best), ',');
}

/** The first line with content, without what is in quotes; `undefined` when `head` does not hold all of it. */
function firstLine(head: string): string | undefined {
  return /^[\r\n]*([^\r\n"][^\n"]*)\n/.exec(head.replaceAll(/"[^"]*"/g, '?'))?.[1];
}

/** Divides text into rows, however it is cut into pieces. */
class Scanner {
  /** Whether what was read ends with a line break. */
  endsWithBreak = true;
  readonly #separator: string;
  #rest = '';
  #line = 1;

  constructor(separator: string) {
    this.#separator = separator;
  }

  /** The rows that are complete with this piece. */
  push(piece: Piece): CsvRow[] {
    const { last } = piece;
    if (piece.text !== '') this.endsWithBreak = piece.text.endsWith('\n');
    const text = this.#rest + piece.text;
    const rows: CsvRow[] = [];
    let at = 0;
    let quote = text.indexOf('"');
    while (at < text.length) {
      if (quote !== -1 && quote < at) quote = text.indexOf('"', at);
      const lineEnd = text.indexOf('\n', at);
      if (quote !== -1 && (lineEnd === -1 || quote < lineEnd)) {
        const end = this.#quotedRow(text, at, last, rows);
        if (end === undefined) break;
        at = end;
        continue;
      }
      if (lineEnd === -1 && !last) break;
      const end = lineEnd === -1 ? text.length : lineEnd;
      this.#checkLength(end - at);
      const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      this.#add(rows, text.slice(at, stop).split(this.#separator), 1);
      at = end + 1;
    }
    this.#rest = last ? '' : text.slice(at);
    this.#checkLength(this.#rest.length);
    return rows;
  }

  /** Reads the row with quotes that begins at `start`; @returns where the next one begins, `undefined` when the row is not complete. */
  #quotedRow(text: string, start: number, last: boolean, rows: CsvRow[]): number | undefined {
    const cells: string[] = [];
    let lines = 1;
    let at = start;
    let sound = true;
    for (;;) {
      let cell = '';
      const quoted = text.charCodeAt(at) === 34;
      if (quoted) {
        const close = closingQuote(text, at + 1);
        if (close === -1) {
          if (last || text.length - start > MAX_ROW) this.#unclosed(text, start, at, last);
          return undefined;
        }
        const inside = text.slice(at + 1, close);
        lines += breaks(inside);
        cell = inside.replaceAll('""', '"');
        at = close + 1;
      }
      const end = this.#cellEnd(text, at);
      // The cell may go on; a quote at the end of the piece may be the first of two.
      if (end === text.length && !last) return undefined;
      const after = text.slice(at, end);
      const atLineEnd = end === text.length || text.charCodeAt(end) === 10;
      const plain = atLineEnd && after.endsWith('\r') ? after.slice(0, -1) : after;
      // Spaces between a closing quote and the separator are harmless; anything else there, or a quote in a cell that is not quoted, is not.
      if (plain.includes('"') || (quoted && plain.trim() !== '')) sound = false;
      cells.push(quoted ? cell : plain);
      at = end + 1;
      if (atLineEnd) break;
    }
    this.#checkLength(at - 1 - start);
    this.#add(rows, cells, lines, sound);
    return at;
  }

  #cellEnd(text: string, from: number): number {
    const separator = this.#separator.charCodeAt(0);
    let at = from;
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === separator || unit === 10) break;
    }
    return at;
  }

  #add(rows: CsvRow[], cells: string[], lines: number, sound = true): void {
    // Spreadsheets write rows of separators alone below the last row.
    const empty = cells[0] === '' && cells.every((cell) => cell === '');
    if (!sound) rows.push({ line: this.#line, cells, expected: QUOTES });
    else if (!empty) rows.push({ line: this.#line, cells });
    this.#line += lines;
  }

  #unclosed(text: string, start: number, quote: number, last: boolean): never {
    const line = this.#line + breaks(text.slice(start, quote));
    const where = last ? 'before the end of the file' : `within ${MAX_ROW.toLocaleString('en-US')} characters`;
    throw new CsvError(
      `line ${line}: expected the quote that opens here to be closed, which it is not ${where}: the file was cut short, or a quote is missing`,
    );
  }

  #checkLength(length: number): void {
    if (length <= MAX_ROW) return;
    throw new CsvError(`line ${this.#line}: expected a row of at most ${MAX_ROW.toLocaleString('en-US')} characters`);
  }
}

/** Where the quote stands that closes the cell; -1 when none does. Two quotes are one within the cell. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== 34) return at;
  }
  return -1;
}

function breaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** A piece of the file as text. `bytes`: how much of the file that is, together with the pieces before. */
interface Piece {
  readonly text: string;
  readonly bytes: number;
  readonly last: boolean;
}

type Pieces = AsyncGenerator<Piece, void, undefined>;

async function next(pieces: Pieces): Promise<Piece> {
  const { value } = await pieces.next();
  if (!value) throw new Error('read on after the last piece');
  return value;
}

/** The input as text. The last piece is empty. */
async function* decode(input: AsyncIterable<Uint8Array | string>): Pieces {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let line = 1;
  /** The bytes of a character that has not come whole yet. */
  let begun: Uint8Array = new Uint8Array();
  for await (const chunk of input) {
    let text: string;
    if (typeof chunk === 'string') {
      text = bytes === 0 ? chunk.replace(/^\uFEFF/, '') : chunk;
    } else {
      try {
        text = decoder.decode(chunk, { stream: true });
      } catch {
        throw bytes === 0 && (chunk[0] ?? 0) >= 0xfe ? notText() : notUtf8(line, Buffer.concat([begun, chunk]));
      }
      begun = unfinished(Buffer.concat([begun, chunk.subarray(-3)]));
    }
    bytes += Buffer.byteLength(chunk);
    line += breaks(text);
    if (text !== '') yield { text, bytes, last: false };
  }
  if (begun.length > 0) throw new CsvError(`line ${line}: the file ends within a character: it was cut short`);
  yield { text: '', bytes, last: true };
}

/** The bytes at the end of valid UTF-8 that begin a character and do not finish it. */
function unfinished(end: Uint8Array): Uint8Array {
  for (let length = 1; length <= 3; length += 1) {
    const byte = end.at(-length) ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > length ? end.subarray(-length) : end.subarray(0, 0);
  }
  return end.subarray(0, 0);
}

/** `data` begins on `line` and is not UTF-8. */
function notUtf8(line: number, data: Uint8Array): CsvError {
  let bad = line;
  for (let from = 0, to = data.indexOf(10); to !== -1 && isUtf8(data.subarray(from, to)); from = to + 1, to = data.indexOf(10, from)) bad += 1;
  return new CsvError(`the file is not UTF-8 (from line ${bad} on): ${SAVE_AS}`);
}

function notText(): CsvError {
  return new CsvError(`the file is not UTF-8 but UTF-16 or binary: ${SAVE_AS}`);
}
