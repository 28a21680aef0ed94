/** A side with one Pokémon whose choices come from our own driver, so they need no parsing. */
import { simulator } from '../duel.mjs';
import { FastPokemon } from './pokemon.mjs';

const { Side } = simulator();

export class FastSide extends Side {
  addPokemon(set) {
    const pokemon = new FastPokemon(set, this);
    pokemon.position = this.pokemon.length;
    this.pokemon.push(pokemon);
    this.pokemonLeft++;
    return pokemon;
  }

  allies(all) {
    const [pokemon] = this.active;
    return pokemon && (all || pokemon.hp) ? [pokemon] : [];
  }

  clearChoice() {
    this.choice.actions = [];
  }

  /** Whether every slot is out of PP or disabled, so that only Struggle is left. */
  exhausted() {
    for (const slot of this.active[0].moveSlots) {
      if (!slot.disabled && slot.pp > 0) return false;
    }
    return true;
  }

  /** @param {string | number} move simulator id, or 1 for what a locked Pokémon has to do */
  chooseMove(move) {
    const pokemon = this.active[0];
    const action = { choice: 'move', pokemon, targetLoc: 0, moveid: move };
    if (move === 1) {
      const locked = pokemon.getLockedMove();
      action.moveid = locked || 'struggle';
      if (locked) {
        action.targetLoc = pokemon.volatiles[locked]?.targetLoc || pokemon.lastMoveTargetLoc || 0;
      }
    } else if (!pokemon.moveSlots.some((slot) => slot.id === move && slot.pp > 0 && !slot.disabled)) {
      return false;
    }
    this.choice.actions.push(action);
    return true;
  }
}
