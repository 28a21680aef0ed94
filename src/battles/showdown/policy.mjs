/**
 * Which move a player chooses: the usable one of highest expected damage in the present state.
 *
 * Where the definition leaves room, this is how it is read:
 * - Expected damage is a real number: the integer base damage of the game's formula (two added),
 *   then times 0.925, same-type bonus, effectiveness, burn, screens, hits and accuracy without
 *   further rounding and without the minimum of 1. It is not capped at the target's HP.
 * - A critical hit is certain where the game makes it so: Zippy Zap, and a move of raised
 *   critical-hit stage after Focus Energy. It multiplies by 1.5 and ignores the user's lowered
 *   attack, the target's raised defence and the screens.
 * - Accuracy after stages is the game's integer percentage, at most 100.
 * - One-hit-KO moves count 0.3 of the target's present HP, Super Fang half of its present HP
 *   times accuracy; both 0 against an immune type. Stages do not touch one-hit-KO accuracy.
 * - Brick Break counts as if the target's screens were gone, as it removes them before it hits.
 *   Moves that crush a minimized target count double and never miss it.
 * - What is decided within the turn is not foreseen: a vanished target (Dig, Fly), Protect,
 *   a substitute, sleep, paralysis, flinching, Sucker Punch failing. Sucker Punch counts fully.
 * - Self-KO moves are considered only when no other usable move has positive expected damage,
 *   then by their own expected damage.
 * - When nothing does damage: the first usable damaging move that is not self-KO (an immune
 *   target, Counter and its like included), else the first status move, else the first move.
 * - The order that breaks ties is that of the move slots: the list as given, Mimic's move in
 *   Mimic's place, after Transform the target's order.
 */
import { RULE, effectiveness, moveFacts } from './movefacts.mjs';

const MEAN_ROLL = 0.925;
const ONE_HIT_KO_CHANCE = 0.3;
const CERTAIN_CRIT_STAGE = 4;
const FOCUS_ENERGY_STAGES = 2;
const STAGES = [1, 1.5, 2, 2.5, 3, 3.5, 4];

/** A stat after its stage, as the game rounds it. */
function staged(stat, stage) {
  return Math.floor(stage >= 0 ? stat * STAGES[stage] : stat / STAGES[-stage]);
}

function hitChance(facts, user, target) {
  if (facts.accuracy === 0) return 1;
  if (facts.doubledOnMinimized && target.volatiles.minimize) return 1;
  const own = user.boosts.accuracy;
  const stage = Math.max(-6, Math.min(6, own - target.boosts.evasion));
  if (stage === 0) return facts.accuracy / 100;
  const percent = stage > 0
    ? (facts.accuracy * (3 + stage)) / 3
    : (facts.accuracy * 3) / (3 - stage);
  return Math.min(100, Math.floor(percent)) / 100;
}

function powerByWeight(hectograms) {
  if (hectograms >= 2000) return 120;
  if (hectograms >= 1000) return 100;
  if (hectograms >= 500) return 80;
  if (hectograms >= 250) return 60;
  return hectograms >= 100 ? 40 : 20;
}

function basePower(facts, user, target) {
  if (facts.byWeight) return powerByWeight(target.weighthg);
  const doubled = facts.doubledByAilment && user.status && user.status !== 'slp';
  return doubled ? facts.power * 2 : facts.power;
}

/** Damage of a single hit of a standard move at the mean roll. */
function standardDamage(facts, user, target, multiplier) {
  const stages = facts.critStage + (user.volatiles.focusenergy ? FOCUS_ENERGY_STAGES : 0);
  const crit = stages >= CERTAIN_CRIT_STAGE;
  const { physical } = facts;
  const attacker = facts.usesTargetAttack ? target : user;
  let attackStage = physical ? attacker.boosts.atk : attacker.boosts.spa;
  let defenseStage = physical ? target.boosts.def : target.boosts.spd;
  if (crit) {
    attackStage = Math.max(0, attackStage);
    defenseStage = Math.min(0, defenseStage);
  }
  const attack = staged(physical ? attacker.storedStats.atk : attacker.storedStats.spa, attackStage);
  const defense = staged(physical ? target.storedStats.def : target.storedStats.spd, defenseStage);
  const scaled = Math.floor((2 * user.level) / 5 + 2) * basePower(facts, user, target) * attack;
  let damage = (Math.floor(Math.floor(scaled / defense) / 50) + 2) * MEAN_ROLL * multiplier;
  if (crit) damage *= 1.5;
  if (user.types.includes(facts.type)) damage *= 1.5;
  if (physical && user.status === 'brn' && !facts.doubledByAilment) damage /= 2;
  if (!crit && !facts.breaksScreens) {
    const { sideConditions } = target.side;
    if (physical ? sideConditions.reflect : sideConditions.lightscreen) damage /= 2;
  }
  if (facts.doubledOnMinimized && target.volatiles.minimize) damage *= 2;
  return damage;
}

/**
 * Expected damage of a move in HP a turn, in the present state of user and target.
 * @param {object} facts of `moveFacts`
 */
export function expectedDamage(facts, user, target) {
  if (facts.rule === RULE.NONE) return 0;
  if (facts.needsSleep && target.status !== 'slp') return 0;
  if (facts.firstTurnOnly && user.activeMoveActions > 0) return 0;
  const multiplier = effectiveness(facts.type, target.types);
  if (multiplier === 0) return 0;
  switch (facts.rule) {
    case RULE.STANDARD:
      return standardDamage(facts, user, target, multiplier) * facts.share
        * hitChance(facts, user, target);
    case RULE.FIXED:
      return facts.fixedDamage * hitChance(facts, user, target);
    case RULE.LEVEL:
      return user.level * hitChance(facts, user, target);
    case RULE.HALF_HP:
      return (target.hp / 2) * hitChance(facts, user, target);
    default:
      return target.hp * ONE_HIT_KO_CHANCE;
  }
}

/**
 * The simulator id of the move to use.
 * @param {object} user the choosing `Pokemon`
 * @param {object} target the other
 * @param {ReadonlyArray<{id: string, pp: number, disabled: boolean | string}>} slots its moves in
 *   order; those without PP and disabled ones are passed over, at least one is usable
 */
export function chooseMove(user, target, slots) {
  let best = '';
  let bestDamage = 0;
  let lastResort = '';
  let lastResortDamage = 0;
  let harmless = '';
  let status = '';
  let any = '';
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    if (slot.disabled || slot.pp <= 0) continue;
    const facts = moveFacts(slot.id);
    any ||= slot.id;
    if (facts.status) {
      status ||= slot.id;
      continue;
    }
    if (!facts.faintsUser) harmless ||= slot.id;
    const damage = expectedDamage(facts, user, target);
    if (facts.faintsUser) {
      if (damage > lastResortDamage) {
        lastResort = slot.id;
        lastResortDamage = damage;
      }
    } else if (damage > bestDamage) {
      best = slot.id;
      bestDamage = damage;
    }
  }
  return best || lastResort || harmless || status || any;
}
