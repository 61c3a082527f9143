/** Looks for values in files and dumps: in clear, in hexadecimal digits, in base64. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Needle {
  readonly value: string;
  readonly bytes: Buffer;
}

/** Values that must not be anywhere. */
export class ClearText {
  readonly #byStart = new Map<number, Needle[]>();
  /** Which beginnings there are, roughly: most bytes begin nothing. */
  readonly #starts = new Uint8Array(1 << 16);

  /** Values of at least 8 bytes. */
  constructor(values: Iterable<string>) {
    for (const value of values) {
      for (const form of new Set([value, value.normalize('NFD'), value.toLowerCase(), value.toUpperCase()])) {
        const bytes = Buffer.from(form);
        for (const written of [bytes, ...written16(bytes), ...writtenBase64(bytes)]) this.#add({ value, bytes: written });
      }
    }
  }

  /** The first value that is in the bytes, however it is written. */
  foundIn(haystack: Buffer): string | undefined {
    let start = 0;
    for (let at = 0; at < haystack.length; at += 1) {
      start = ((start << 8) | (haystack[at] as number)) >>> 0;
      if (at < 3 || this.#starts[place(start)] === 0) continue;
      const from = at - 3;
      const needle = this.#byStart
        .get(start)
        ?.find(({ bytes }) => haystack.compare(bytes, 0, bytes.length, from, Math.min(from + bytes.length, haystack.length)) === 0);
      if (needle !== undefined) return needle.value;
    }
    return undefined;
  }

  /** The first value that is in any file of the folder, with the file. */
  foundUnder(folder: string): { readonly file: string; readonly value: string } | undefined {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name);
      if (!statSync(file).isFile()) continue;
      const value = this.foundIn(readFileSync(file)) ?? this.foundIn(Buffer.from(name));
      if (value !== undefined) return { file, value };
    }
    return undefined;
  }

  #add(needle: Needle): void {
    const start = needle.bytes.readUInt32BE(0);
    this.#starts[place(start)] = 1;
    const alike = this.#byStart.get(start);
    if (alike === undefined) this.#byStart.set(start, [needle]);
    else alike.push(needle);
  }
}

function place(start: number): number {
  return Math.imul(start, 0x9e3779b1) >>> 16;
}

function written16(bytes: Buffer): Buffer[] {
  const digits = bytes.toString('hex');
  return [Buffer.from(digits), Buffer.from(digits.toUpperCase())];
}

/** Base64 of text that has the bytes anywhere in it: three ways, by what comes before; without the characters that neighbours decide too. */
function writtenBase64(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const end = (before + bytes.length) % 3 === 0 ? digits.length : digits.length - 1;
    return Buffer.from(digits.slice(before === 0 ? 0 : before + 1, end));
  });
}
