/**
 * The dex with the look-ups that a battle repeats all the time made cheap.
 *
 * It answers what the simulator's own dex answers. The originals turn each name into an id with a
 * regular expression on every call, and clone a move with everything below it.
 */
import { dex } from '../duel.mjs';

/** Remember `get` by the very string asked for; anything else goes to the original. */
function remembering(table) {
  const known = new Map();
  const light = Object.create(table);
  light.get = (name) => {
    if (typeof name !== 'string') return table.get(name);
    let found = known.get(name);
    if (found === undefined) {
      found = table.get(name);
      known.set(name, found);
    }
    return found;
  };
  return light;
}

/** Text and other games' powers, which no battle of ours reads. */
const UNREAD = ['desc', 'shortDesc', 'contestType', 'zMove', 'maxMove'];

const templates = new Map();

/** What a move does beside its damage; the simulator adds empty flags where there are none. */
function effectOf(part) {
  if (!part) return part;
  const copy = { flags: {}, ...part };
  if (copy.self) copy.self = effectOf(copy.self);
  return copy;
}

/** A move to copy from. All below it is frozen: writing there fails rather than leaks. */
function template(move) {
  let copy = templates.get(move);
  if (copy === undefined) {
    copy = { ...move, hit: 0 };
    for (const name of UNREAD) delete copy[name];
    copy.self = effectOf(move.self);
    copy.secondary = effectOf(move.secondary);
    copy.secondaries = move.secondaries?.map(effectOf);
    for (const part of [copy.self, copy.secondary, copy.secondaries]) dex.deepFreeze(part);
    copy = { ...copy };
    templates.set(move, copy);
  }
  return copy;
}

export const fastDex = Object.create(dex);
fastDex.moves = remembering(dex.moves);
fastDex.conditions = remembering(dex.conditions);
fastDex.species = remembering(dex.species);
fastDex.natures = remembering(dex.natures);
fastDex.abilities = remembering(dex.abilities);
fastDex.types = remembering(dex.types);

const typeNames = new Map();
fastDex.types.isName = (name) => {
  let known = typeNames.get(name);
  if (known === undefined) {
    known = dex.types.isName(name);
    typeNames.set(name, known);
  }
  return known;
};

fastDex.getActiveMove = (move) => {
  if (move && typeof move.hit === 'number') return move;
  return { ...template(fastDex.moves.get(move)) };
};

/** The same, where moves are only read: a shared one does instead of a copy. */
export const readingDex = Object.create(fastDex);
readingDex.getActiveMove = (move) => (
  move && typeof move.hit === 'number' ? move : template(fastDex.moves.get(move))
);
