/** A Pokémon without ability and item, whose commonest questions are answered directly. */
import { simulator } from '../duel.mjs';

const { Pokemon } = simulator();

const STAGES = [1, 1.5, 2, 2.5, 3, 3.5, 4];
const MODIFY_EVENT = { atk: 'ModifyAtk', def: 'ModifyDef', spa: 'ModifySpA', spd: 'ModifySpD', spe: 'ModifySpe' };
const SPEED_LIMIT = 10000;

function staged(stat, stage) {
  return Math.floor(stage >= 0 ? stat * STAGES[stage] : stat / STAGES[-stage]);
}

export class FastPokemon extends Pokemon {
  hasAbility() {
    return false;
  }

  hasItem() {
    return false;
  }

  ignoringItem() {
    return false;
  }

  ignoringAbility() {
    return !this.isActive;
  }

  getSlot() {
    return this.side.n === 0 ? 'p1a' : 'p2a';
  }

  /** Only ever printed. */
  toString() {
    return this.fullname;
  }

  getTypes(excludeAdded, preterastallized) {
    if (this.volatiles.roost || this.addedType || !this.types.length) {
      return super.getTypes(excludeAdded, preterastallized);
    }
    return this.types;
  }

  calculateStat(stat, stage, modifier, statUser) {
    if (this.battle.heard('ModifyBoost')) {
      return super.calculateStat(stat, stage, modifier, statUser);
    }
    const value = staged(this.storedStats[stat], stage);
    return modifier && modifier !== 1 ? this.battle.modify(value, modifier) : value;
  }

  getStat(stat, unboosted, unmodified) {
    if (this.battle.heard('ModifyBoost')) return super.getStat(stat, unboosted, unmodified);
    let value = this.storedStats[stat];
    if (!unboosted) value = staged(value, this.boosts[stat]);
    if (!unmodified) value = this.battle.runEvent(MODIFY_EVENT[stat], this, null, null, value);
    return stat === 'spe' ? Math.min(value, SPEED_LIMIT) : value;
  }

  getActionSpeed() {
    return this.battle.trunc(this.getStat('spe', false, false), 13);
  }
}
