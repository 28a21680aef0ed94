/**
 * Plays the same games in an untouched battle and in the fast one, and says where they part.
 *
 * In:  the worker's lines, and `choose`: "policy", or "random" for any usable move, which reaches
 *      states that no sensible player would. Out: {id, games, turns, difference}: null, or
 *      {opening, game, plain, fast} with the first turn that is not the same in every respect
 *      (HP, PP, disabled moves, status, conditions with their counters, stages, types, what
 *      moved last, numbers drawn, winner); or {id, error}.
 */
import { createInterface } from 'node:readline';

import { FastBattle } from './fast/battle.mjs';
import { play, teamsOf } from './game.mjs';
import { PlainBattle } from './plain.mjs';
import { chooseMove } from './policy.mjs';
import { Stream, generator, hash } from './random.mjs';

/** The plain values of a condition: durations, counters, hit points, the move it is about. */
function counters(state) {
  return Object.entries(state).filter(([, value]) => typeof value !== 'object').sort();
}

function conditions(states) {
  return Object.entries(states).map(([id, state]) => [id, counters(state)]);
}

function describeSide(side) {
  const pokemon = side.pokemon[0];
  return {
    hp: pokemon.hp,
    status: [pokemon.status, counters(pokemon.statusState)],
    moves: pokemon.moveSlots.map((slot) => [slot.id, slot.pp, Boolean(slot.disabled)]),
    volatiles: conditions(pokemon.volatiles),
    stages: pokemon.boosts,
    types: pokemon.types,
    stats: pokemon.storedStats,
    lastMove: pokemon.lastMove?.id,
    side: conditions(side.sideConditions),
  };
}

function chooserOf(kind, stream) {
  if (kind !== 'random') return chooseMove;
  return (user, target, slots) => {
    const usable = slots.filter((slot) => !slot.disabled && slot.pp > 0);
    return usable[Math.floor((stream.next() / 2 ** 32) * usable.length)].id;
  };
}

/** Every turn of a game, as text. */
function transcript(BattleClass, teams, matchup, opening, game) {
  const stream = new Stream().seed(matchup.seed, 0, hash(opening), game);
  const turns = [];
  const afterTurn = (battle) => {
    const { turn, winner } = battle;
    const sides = battle.sides.map(describeSide);
    turns.push(JSON.stringify({ turn, winner, drawn: stream.drawn, sides }));
  };
  const table = { choose: chooserOf(matchup.choose, stream), afterTurn };
  const outcome = play(new BattleClass(generator(stream)), teams, opening, table);
  turns.push(JSON.stringify(outcome));
  return turns;
}

function compare(matchup) {
  const teams = teamsOf(matchup);
  let games = 0;
  let turns = 0;
  for (const opening of matchup.openings) {
    for (let game = 0; game < matchup.games; game++) {
      const plain = transcript(PlainBattle, teams, matchup, opening, game);
      const fast = transcript(FastBattle, teams, matchup, opening, game);
      games++;
      turns += plain.length - 1;
      const parting = plain.findIndex((turn, index) => turn !== fast[index]);
      if (parting >= 0) {
        const difference = { opening, game, plain: plain[parting], fast: fast[parting] };
        return { id: matchup.id, games, turns, difference };
      }
    }
  }
  return { id: matchup.id, games, turns, difference: null };
}

for await (const line of createInterface({ input: process.stdin })) {
  const matchup = JSON.parse(line);
  let said;
  try {
    said = compare(matchup);
  } catch (error) {
    said = { id: matchup.id, error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
