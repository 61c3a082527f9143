import { isJsonObject } from './json.ts';

/** So long a text, in characters, is made in one piece. */
const PIECE = 8_192;
/** From here on, what one piece would hold is taken apart. */
const LARGE = 4 * PIECE;
/** A character of a string takes so many bytes in UTF-8 at most. */
const MOST_BYTES = 3;
/** No more than this is kept from one answer to the next. Bytes. */
const KEPT = 1_048_576;

/** Where pieces are written, one answer at a time. */
let room: Buffer = Buffer.allocUnsafeSlow(16 * PIECE);

/**
 * The JSON of a JSON value in UTF-8, as `Buffer.from(JSON.stringify(value))` gives it; fields that are undefined are left out. It is made in pieces: a string of
 * 64 Ki characters that has some beyond Latin-1, as all Vietnamese has, is too large for the places where V8 keeps what lives shortly, and takes as long to
 * get and to give back as its text takes to be made. What is small is made in one piece.
 */
export function jsonBytes(value: unknown): Buffer {
  const pieces = new Pieces();
  write(value, pieces);
  return pieces.bytes();
}

/** Text that is being turned into bytes. */
class Pieces {
  #text = '';
  #length = 0;

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE) this.#flush();
  }

  bytes(): Buffer {
    this.#flush();
    const bytes = Buffer.from(room.subarray(0, this.#length));
    if (room.length > KEPT) room = Buffer.allocUnsafeSlow(KEPT);
    return bytes;
  }

  #flush(): void {
    const wanted = this.#length + MOST_BYTES * this.#text.length;
    if (wanted > room.length) {
      const larger = Buffer.allocUnsafeSlow(2 * wanted);
      room.copy(larger, 0, 0, this.#length);
      room = larger;
    }
    this.#length += room.write(this.#text, this.#length);
    this.#text = '';
  }
}

function write(value: unknown, pieces: Pieces): void {
  if (Array.isArray(value)) writeList(value, pieces);
  else if (isJsonObject(value)) writeObject(value, pieces);
  else pieces.add(JSON.stringify(value ?? null));
}

function writeObject(object: object, pieces: Pieces): void {
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    pieces.add(`${before}${JSON.stringify(name)}:`);
    write(value, pieces);
    before = ',';
  }
  pieces.add(before === '{' ? '{}' : '}');
}

/** As many elements at once as will make a piece, by the length of those before. */
function writeList(list: readonly unknown[], pieces: Pieces): void {
  let next = 0;
  let length = PIECE;
  pieces.add('[');
  while (next < list.length) {
    if (next > 0) pieces.add(',');
    if (length > LARGE) write(list[next++], pieces);
    else {
      const some = list.slice(next, next + Math.max(1, Math.floor(PIECE / length)));
      const text = JSON.stringify(some);
      pieces.add(text.slice(1, -1));
      next += some.length;
      length = text.length / some.length;
    }
  }
  pieces.add(']');
}
