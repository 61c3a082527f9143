/**
 * Numbers that look random and are the same on every machine: 32-bit integer arithmetic, and of floating point only + - * /, which
 * IEEE 754 fixes to the bit. No Math.log, Math.pow or the like: engines may differ in their last bit.
 */

/** Changing the seed changes every demo record (and no published total). */
const SEED = 'hotline-111/1';

/** Values with their weights; a value is drawn as often as its share in the sum of the weights. */
export type Weighted<T> = readonly (readonly [value: T, weight: number])[];

/** A stream of pseudo-random numbers (mulberry32). Streams with different names do not influence each other. */
export class Random {
  #state: number;

  /** @param name what the stream is for; @param number which record, when each has a stream of its own. */
  constructor(name: string, number = 0) {
    this.#state = hash(`${SEED}/${name}/${number}`);
  }

  /** A number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** `true` with the probability `share`. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of the values, by weight. Values of weight 0 are never drawn. @throws RangeError when there is nothing to draw. */
  choose<T>(values: Weighted<T>): T {
    let sum = 0;
    // Taking entries apart (`[value, weight]`) made both loops three times slower, and every record draws several times.
    for (const entry of values) sum += entry[1];
    let rest = this.next() * sum;
    // Rounding may leave a trace of `rest` behind the last value, which is then the one.
    let last: Weighted<T>[number] | undefined;
    for (const entry of values) {
      if (entry[1] <= 0) continue;
      last = entry;
      if (rest < entry[1]) break;
      rest -= entry[1];
    }
    if (last === undefined) throw new RangeError('nothing to choose from');
    return last[0];
  }

  /** `count` different values (fewer when there are not so many), by weight, in the order in which they were drawn. */
  chooseSome<T>(count: number, values: Weighted<T>): T[] {
    const chosen: T[] = [];
    let left = values.filter(([, weight]) => weight > 0);
    while (chosen.length < count && left.length > 0) {
      const value = this.choose(left);
      chosen.push(value);
      left = left.filter(([other]) => other !== value);
    }
    return chosen;
  }

  /** A whole number from one of several ranges `[min, max]`, by weight: how a skewed spread is drawn without logarithms. */
  range(ranges: Weighted<readonly [min: number, max: number]>): number {
    const [min, max] = this.choose(ranges);
    return this.int(min, max);
  }
}

/** FNV-1a with the last step of MurmurHash3, so that names that differ by one digit give unrelated streams. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
