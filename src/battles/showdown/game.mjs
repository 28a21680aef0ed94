/** One game from the first turn to its end, whichever battle class plays it. */
import { SIDE_A, SIDE_B, TURN_CAP, teamSet } from './duel.mjs';
import { chooseMove } from './policy.mjs';

const POLICY = { choose: chooseMove, afterTurn: null };

/** Results of a game, from A's side. */
export const WIN = 1;
export const DRAW = 0;
export const LOSS = -1;

/** Let a side make its choice; the first slot is all a locked or exhausted Pokémon has. */
function decide(battle, side, choose) {
  const slots = battle.choosableSlots(side);
  if (slots === null) {
    side.chooseMove(1);
  } else {
    side.chooseMove(choose(side.active[0], side.foe.active[0], slots));
  }
}

/**
 * The two teams of a matchup, to play any number of games with.
 * @param {{a: string, b: string, moves_a: string[], moves_b: string[]}} matchup simulator ids
 * @throws when the simulator does not know one of them
 */
export function teamsOf(matchup) {
  return { a: teamSet(matchup.a, matchup.moves_a), b: teamSet(matchup.b, matchup.moves_b) };
}

/**
 * Play a game.
 * @param {object} battle a `PlainBattle` or `FastBattle` that nobody has joined
 * @param {ReturnType<typeof teamsOf>} teams
 * @param {string} opening A's move on the first turn, one of its own
 * @param {{choose: typeof chooseMove, afterTurn: ((battle: object) => void) | null}} [table] how
 *   both choose, and who looks on after each turn
 * @returns {{result: number, turns: number}}
 */
export function play(battle, teams, opening, { choose, afterTurn } = POLICY) {
  battle.setPlayer('p1', { name: SIDE_A, team: [{ ...teams.a }] });
  battle.setPlayer('p2', { name: SIDE_B, team: [{ ...teams.b }] });
  const [a, b] = battle.sides;
  if (!a.chooseMove(opening)) throw new Error(`cannot open with ${opening}: ${a.choice.error}`);
  decide(battle, b, choose);
  battle.commitChoices();
  afterTurn?.(battle);
  while (!battle.ended && battle.turn <= TURN_CAP) {
    decide(battle, a, choose);
    decide(battle, b, choose);
    battle.commitChoices();
    afterTurn?.(battle);
  }
  const turns = Math.min(battle.turn, TURN_CAP);
  if (!battle.ended || !battle.winner) return { result: DRAW, turns };
  return { result: battle.winner === SIDE_A ? WIN : LOSS, turns };
}
