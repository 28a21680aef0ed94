/**
 * Says what damage the simulator deals: one JSON attack a line in, one answer a line out.
 *
 * In:  {attacker, defender, move} as simulator ids and, where wanted, {attacker_stages,
 *      defender_stages} (atk, def, spa, spd, spe, accuracy, evasion), {attacker_status,
 *      defender_status} (brn, par, psn, tox, slp, frz), {defender_hp}, {reflect, light_screen} on
 *      the defender's side, {crit} (without it: only where certain); and for the policy
 *      {moves} to choose from, {disabled} of them, {turns_taken} by the attacker.
 * Out: {damage} of one hit at each of the 16 rolls, the highest (100 %) first, 0 when immune;
 *      {expected} and {chosen} by the policy; {attacker_stats, defender_stats} with hp, before stages; or
 *      {error}.
 */
import { createInterface } from 'node:readline';

import { SIDE_A, SIDE_B, teamSet } from './duel.mjs';
import { moveFacts } from './movefacts.mjs';
import { PlainBattle } from './plain.mjs';
import { chooseMove, expectedDamage } from './policy.mjs';
import { generator } from './random.mjs';

const ROLLS = 16;

/** Always the same number: `random(16)` is the roll. */
class Loaded {
  roll = 0;

  next() {
    return this.roll * (2 ** 32 / ROLLS);
  }
}

function prepare(pokemon, stages, status) {
  Object.assign(pokemon.boosts, stages);
  if (status) pokemon.setStatus(status, pokemon, null, true);
}

function stats(pokemon) {
  return { hp: pokemon.maxhp, ...pokemon.storedStats };
}

function damages(battle, rng, attack, user, target) {
  const dealt = [];
  for (let roll = 0; roll < ROLLS; roll++) {
    const move = battle.dex.getActiveMove(attack.move);
    move.willCrit = attack.crit ?? Boolean(move.willCrit);
    battle.setActiveMove(move, user, target);
    rng.roll = roll;
    dealt.push(Math.trunc(battle.actions.getDamage(user, target, move, true) || 0));
  }
  return dealt;
}

function answer(attack) {
  const rng = new Loaded();
  const battle = new PlainBattle(generator(rng));
  const moves = attack.moves?.length ? attack.moves : [attack.move];
  battle.setPlayer('p1', { name: SIDE_A, team: [teamSet(attack.attacker, moves)] });
  battle.setPlayer('p2', { name: SIDE_B, team: [teamSet(attack.defender, ['splash'])] });
  const [user, target] = battle.sides.map((side) => side.active[0]);
  prepare(user, attack.attacker_stages, attack.attacker_status);
  prepare(target, attack.defender_stages, attack.defender_status);
  if (attack.defender_hp) target.hp = attack.defender_hp;
  if (attack.reflect) target.side.addSideCondition('reflect', target);
  if (attack.light_screen) target.side.addSideCondition('lightscreen', target);
  user.activeMoveActions = attack.turns_taken ?? 0;
  for (const slot of user.moveSlots) slot.disabled = attack.disabled?.includes(slot.id) ?? false;
  return {
    damage: damages(battle, rng, attack, user, target),
    expected: expectedDamage(moveFacts(attack.move), user, target),
    chosen: chooseMove(user, target, user.moveSlots),
    attacker_stats: stats(user),
    defender_stats: stats(target),
  };
}

function answerOrError(line) {
  try {
    return answer(JSON.parse(line));
  } catch (error) {
    return { error: String(error.message) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line) process.stdout.write(`${JSON.stringify(answerOrError(line))}\n`);
}
