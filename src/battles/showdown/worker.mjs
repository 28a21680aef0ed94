/**
 * Plays matchups: one JSON object a line in, one a line out, in the same order.
 *
 * In:  {id, a, b, moves_a, moves_b, openings, games, seed}, all names simulator ids, seed an
 *      integer of at most 53 bits. Out: {id, openings: {move: {wins, draws, games, turns}}},
 *      wins and draws from A's side, turns the mean; or {id, error}.
 * What is drawn depends on seed, opening and game number alone. Ends when its input ends.
 */
import { createInterface } from 'node:readline';

import { FastBattle } from './fast/battle.mjs';
import { DRAW, WIN, play, teamsOf } from './game.mjs';
import { Stream, generator, hash } from './random.mjs';

const WORD = 2 ** 32;
const stream = new Stream();
const prng = generator(stream);

function playOpening(matchup, teams, opening) {
  const high = Math.floor(matchup.seed / WORD);
  let wins = 0;
  let draws = 0;
  let turns = 0;
  for (let game = 0; game < matchup.games; game++) {
    stream.seed(matchup.seed % WORD, high, hash(opening), game);
    const outcome = play(new FastBattle(prng), teams, opening);
    if (outcome.result === WIN) wins++;
    else if (outcome.result === DRAW) draws++;
    turns += outcome.turns;
  }
  return { wins, draws, games: matchup.games, turns: turns / matchup.games };
}

/** Play every opening of a matchup. */
export function playMatchup(matchup) {
  const teams = teamsOf(matchup);
  const openings = {};
  for (const opening of matchup.openings) openings[opening] = playOpening(matchup, teams, opening);
  return { id: matchup.id, openings };
}

function answer(line) {
  const matchup = JSON.parse(line);
  try {
    return playMatchup(matchup);
  } catch (error) {
    return { id: matchup.id, error: String(error.message) };
  }
}

// With the parent gone there is nobody to answer.
process.stdout.on('error', () => process.exit(0));

for await (const line of createInterface({ input: process.stdin })) {
  if (line) process.stdout.write(`${JSON.stringify(answer(line))}\n`);
}
