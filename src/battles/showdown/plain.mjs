/** The simulator's own battle, untouched: what the fast one is measured and proved against. */
import { FORMAT, simulator } from './duel.mjs';

const { Battle } = simulator();

export class PlainBattle extends Battle {
  /** @param {object} prng of `random.generator` */
  constructor(prng) {
    super({ format: FORMAT, prng });
  }

  /** Move slots to choose from, or null when there is no choice. */
  choosableSlots(side) {
    const { moves } = side.activeRequest.active[0];
    return moves[0].pp === undefined ? null : moves;
  }
}
