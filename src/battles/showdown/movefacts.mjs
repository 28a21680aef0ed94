/** What the policy needs to know of a move, worked out once from the simulator's data. */
import { dex } from './duel.mjs';

/** Mean number of hits of a move that hits two to five times: 7/20, 7/20, 3/20, 3/20. */
const MEAN_HITS = 3.1;

/** How a move's damage comes about. */
export const RULE = Object.freeze({
  NONE: 0, // status moves, and Counter, Mirror Coat and Bide, which count nothing
  STANDARD: 1,
  FIXED: 2, // Sonic Boom, Dragon Rage
  LEVEL: 3, // Seismic Toss, Night Shade, and Psywave by its mean
  HALF_HP: 4, // Super Fang
  ONE_HIT_KO: 5,
});

const LEVEL_DAMAGE = new Set(['seismictoss', 'nightshade', 'psywave']);
const REACTIVE = new Set(['counter', 'mirrorcoat', 'bide']);
const POWER_RULES = new Set(['lowkick']);

function ruleOf(move) {
  if (move.category === 'Status' || REACTIVE.has(move.id)) return RULE.NONE;
  if (move.ohko) return RULE.ONE_HIT_KO;
  if (LEVEL_DAMAGE.has(move.id)) return RULE.LEVEL;
  if (move.id === 'superfang') return RULE.HALF_HP;
  if (typeof move.damage === 'number') return RULE.FIXED;
  if (move.basePower || POWER_RULES.has(move.id)) return RULE.STANDARD;
  return RULE.NONE;
}

function hitsOf(move) {
  if (Array.isArray(move.multihit)) return MEAN_HITS;
  return move.multihit || 1;
}

function factsOf(id) {
  const move = dex.moves.get(id);
  const waits = move.flags.charge || move.flags.recharge;
  return Object.freeze({
    id,
    rule: ruleOf(move),
    status: move.category === 'Status',
    physical: move.category === 'Physical',
    type: move.type,
    power: move.basePower,
    accuracy: move.accuracy === true ? 0 : move.accuracy, // 0: never misses
    fixedDamage: typeof move.damage === 'number' ? move.damage : 0,
    share: hitsOf(move) / (waits ? 2 : 1), // hits a turn spent
    critStage: move.willCrit ? 4 : move.critRatio,
    faintsUser: Boolean(move.selfdestruct),
    usesTargetAttack: move.overrideOffensivePokemon === 'target',
    byWeight: move.id === 'lowkick',
    doubledByAilment: move.id === 'facade',
    breaksScreens: move.id === 'brickbreak',
    doubledOnMinimized: Boolean(move.flags.minimize),
    needsSleep: move.id === 'dreameater',
    firstTurnOnly: move.id === 'fakeout',
  });
}

const known = new Map();

/** @param {string} id simulator id of a move */
export function moveFacts(id) {
  let facts = known.get(id);
  if (facts === undefined) {
    facts = factsOf(id);
    known.set(id, facts);
  }
  return facts;
}

/** Multiplier of an attacking type against one defending type: 0, 0.5, 1 or 2. */
const chart = new Map();
for (const attacking of dex.types.names()) {
  const row = new Map();
  for (const defending of dex.types.names()) {
    const immune = !dex.getImmunity(attacking, defending);
    row.set(defending, immune ? 0 : 2 ** dex.getEffectiveness(attacking, defending));
  }
  chart.set(attacking, row);
}

/**
 * Multiplier of an attacking type against a Pokémon's types.
 * @param {string} attacking
 * @param {readonly string[]} defending
 */
export function effectiveness(attacking, defending) {
  const row = chart.get(attacking);
  if (row === undefined) return 1; // the typeless "???"
  let multiplier = 1;
  for (let i = 0; i < defending.length; i++) multiplier *= row.get(defending[i]) ?? 1;
  return multiplier;
}
