/**
 * The simulator's battle, about six times as fast for our duels.
 *
 * Nothing of the game is rewritten: moves, conditions, damage and the order of events are the
 * simulator's own code. What goes is what nobody reads (the log, requests, choice strings) and
 * the search for event handlers where it is known that there are none. Each random number is
 * drawn at the same place as in an untouched battle; a test plays both side by side.
 */
import { FORMAT, simulator } from '../duel.mjs';
import { fastDex, readingDex } from './dex.mjs';
import { gameEvent } from './events.mjs';
import { FastSide } from './side.mjs';

const { Battle } = simulator();

/** Stands for the request that players would be sent. */
const REQUEST = Object.freeze({ active: Object.freeze([Object.freeze({})]) });

const never = () => null;

export class FastBattle extends Battle {
  /** @param {object} prng of `random.generator` */
  constructor(prng) {
    super({ format: FORMAT, prng });
    this.dex = fastDex;
    this.actions.dex = fastDex;
    this.actions.canMegaEvo = never;
    this.actions.canMegaEvoX = never;
    this.actions.canMegaEvoY = never;
  }

  // The log, which nobody reads.
  add() {}
  addMove() {}
  addSplit() {}
  attrLastMove() {}
  retargetLastMove() {}
  hint() {}
  debug() {}

  setPlayer(slot, { name, team }) {
    const number = slot === 'p1' ? 0 : 1;
    this.sides[number] = new FastSide(name, this, number, team);
    if (this.sides[0] && this.sides[1]) this.start();
  }

  /** Move slots to choose from, or null when there is no choice. */
  choosableSlots(side) {
    const pokemon = side.active[0];
    if (pokemon.getLockedMove() || side.exhausted()) return null;
    return pokemon.moveSlots;
  }

  makeRequest(type) {
    if (type !== 'move') {
      super.makeRequest(type);
      return;
    }
    this.requestState = type;
    for (const side of this.sides) {
      side.clearChoice();
      side.activeRequest = REQUEST;
    }
  }

  commitChoices() {
    this.updateSpeed();
    const waiting = this.queue.list;
    this.queue.clear();
    for (const side of this.sides) this.queue.addChoice(side.choice.actions);
    this.clearRequest();
    this.queue.sort();
    this.queue.list.push(...waiting);
    this.turnLoop();
  }

  /** The end of a turn asks each move whether it is disabled and changes none. */
  endTurn() {
    this.dex = readingDex;
    super.endTurn();
    this.dex = fastDex;
  }

  /** Whether nobody and nothing is under any condition. */
  bare() {
    const { field } = this;
    if (field.weather || field.terrain) return false;
    for (const _ in field.pseudoWeather) return false;
    for (const side of this.sides) {
      if (side.pokemon[0].status) return false;
      for (const _ in side.pokemon[0].volatiles) return false;
      for (const _ in side.sideConditions) return false;
      for (const _ in side.slotConditions[0]) return false;
    }
    return true;
  }

  /** Whether a condition that is present has a handler for the event. */
  heard(eventId) {
    if (!this.started) return false;
    const event = gameEvent(eventId);
    const { field } = this;
    if (field.weather || field.terrain) return true;
    for (const _ in field.pseudoWeather) return true;
    for (const side of this.sides) {
      for (const id in side.sideConditions) if (event.heardBy(id)) return true;
      for (const id in side.slotConditions[0]) if (event.heardBy(id)) return true;
      const pokemon = side.pokemon[0];
      if (pokemon.status && event.heardBy(pokemon.status)) return true;
      for (const id in pokemon.volatiles) if (event.heardBy(id)) return true;
    }
    return false;
  }

  singleEvent(eventId, effect, state, target, source, sourceEffect, relayVar, customCallback) {
    if (customCallback === undefined && effect[gameEvent(eventId).on] === undefined) {
      return relayVar === undefined ? true : relayVar;
    }
    return super.singleEvent(
      eventId, effect, state, target, source, sourceEffect, relayVar, customCallback,
    );
  }

  runEvent(eventId, target, source, sourceEffect, relayVar, onEffect, fastExit) {
    const owned = onEffect && sourceEffect[gameEvent(eventId).on] !== undefined;
    if (!owned && !this.heard(eventId)) {
      if (Array.isArray(target)) {
        return Array.isArray(relayVar) ? relayVar : target.map(() => true);
      }
      return relayVar === undefined || relayVar === null ? true : relayVar;
    }
    return super.runEvent(eventId, target, source, sourceEffect, relayVar, onEffect, fastExit);
  }

  fieldEvent(eventId, targets) {
    if (!this.bare()) super.fieldEvent(eventId, targets);
  }

  eachEvent(eventId, effect, relayVar) {
    if (this.heard(eventId) || eventId === 'Weather') {
      super.eachEvent(eventId, effect, relayVar);
      return;
    }
    // Sorting draws a random number when speeds are equal, whether or not anybody listens.
    const actives = this.getAllActive();
    if (actives.length === 2 && actives[0].speed === actives[1].speed) {
      this.prng.shuffle(actives, 0, 2);
    }
  }
}
