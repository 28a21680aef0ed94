/**
 * A light stream of random numbers for the simulator: sfc32 by Chris Doty-Humphrey
 * (https://pracrand.sourceforge.net/), 128 bits of state, passes PractRand.
 */
import { simulator } from './duel.mjs';

const { PRNG } = simulator();

export class Stream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** How many numbers were drawn since the last seeding. */
  drawn = 0;

  /** Start anew; the same four 32-bit words always give the same numbers. */
  seed(w0, w1, w2, w3) {
    this.#a = w0 | 0;
    this.#b = w1 | 0;
    this.#c = w2 | 0;
    this.#counter = w3 | 0;
    for (let i = 0; i < 15; i++) this.next();
    this.drawn = 0;
    return this;
  }

  /** The next number, 0 <= n < 2**32. */
  next() {
    this.drawn++;
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  getSeed() {
    return '';
  }
}

/** The simulator's own generator class, fed by a stream. */
export function generator(stream) {
  const prng = new PRNG('0,0,0,0');
  prng.rng = stream;
  return prng;
}

/** 32-bit FNV-1a hash of a move id, to give each opening a stream of its own. */
export function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
