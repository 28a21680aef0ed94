/**
 * Plays every move in battles of the simulator with scripted luck and tells what was seen; and
 * tells the plain facts of species, moves and types. Reads {species, moves} (simulator ids) from
 * standard input, writes JSON to standard output.
 */
'use strict';

const { Battle, Dex } = require('pokemon-showdown');
const { Format } = require('pokemon-showdown/dist/sim/dex-formats');

const dex = Dex.mod('gen7letsgo');
const format = new Format({ mod: 'gen7letsgo', effectType: 'Format', name: 'Probe' });
const HP = 60000;

function member(species, moves) {
  return [{ species, moves, ability: 'No Ability', nature: 'Serious', level: 50, happiness: 70 }];
}

/** One use of a move by a fast Mew; the target is slower and has more HP than anything can take. */
function use(id, luck) {
  const { roll = 0, hits = true, many = false, warm = true, before = () => {} } = luck;
  const { target: targetSpecies = 'slowpoke', reply = 'splash' } = luck;
  const battle = new Battle({ format, seed: [1, 2, 3, 4] });
  const seen = { added: [], userAdded: [], damage: [], recoil: 0, hurt: 0, healed: 0 };
  let watching = false;
  battle.randomChance = (numerator, denominator) => {
    if (watching && denominator === 100) seen.accuracy ??= numerator;
    if (watching && [24, 8, 2, 1].includes(denominator)) seen.crit ??= denominator;
    return denominator === 100 ? hits : numerator >= denominator;
  };
  battle.random = (from, to) => (from === 100 && to === undefined ? roll : to ? from : 0);
  battle.sample = (items) => items[many ? items.length - 1 : 0];
  const runEvent = battle.runEvent.bind(battle);
  battle.setPlayer('p1', { name: 'A', team: member('mew', [id, 'splash']) });
  battle.setPlayer('p2', { name: 'B', team: member(targetSpecies, [reply, 'splash']) });
  const user = battle.p1.active[0];
  const target = battle.p2.active[0];
  for (const one of [user, target]) {
    one.maxhp = one.baseMaxhp = HP;
    one.hp = one === user ? HP / 2 : HP;
  }
  const turn = (first, second) => {
    battle.p1.chooseMove(first);
    battle.p2.chooseMove(second);
    battle.commitChoices();
  };
  if (warm) turn(id === 'splash' ? id : 'splash', reply);
  before(user, target, battle);
  battle.runEvent = (name, on, source, effect, relay, ...rest) => {
    const out = runEvent(name, on, source, effect, relay, ...rest);
    if (name === 'BasePower' && effect?.id === id) seen.power = out;
    if (name === 'ModifyPriority' && effect?.id === id) seen.priority ??= relay;
    return out;
  };
  const watch = (one, method, note) => {
    const original = one[method].bind(one);
    one[method] = (...args) => {
      const out = original(...args);
      note(out, ...args);
      return out;
    };
  };
  watch(target, 'addVolatile', (out, name) => out && seen.added.push(battle.toID(name.id ?? name)));
  watch(user, 'addVolatile', (out, name) => out && seen.userAdded.push(battle.toID(name.id ?? name)));
  watch(target, 'damage', (out, amount, by, effect) => {
    if (effect?.effectType === 'Move' && effect.id === id) seen.damage.push(out);
  });
  watch(user, 'damage', (out, amount, by, effect) => {
    if (effect?.id === 'recoil') seen.recoil += out;
    else if (by === target && effect?.effectType === 'Move') seen.hurt += out;
  });
  watch(user, 'heal', (out) => (seen.healed += out || 0));
  const line = battle.log.length;
  const hpBefore = user.hp;
  watching = true;
  turn(id, reply);
  seen.charged = 'twoturnmove' in user.volatiles;
  seen.vanished = Boolean(user.isSemiInvulnerable());
  if (seen.charged) turn('1', reply);
  const log = battle.log.slice(line);
  const said = (part) => log.some((text) => text.startsWith(part));
  const sides = (side) => Object.keys(side.sideConditions);
  return {
    ...seen,
    lost: hpBefore - user.hp,
    fainted: user.fainted,
    targetFainted: target.fainted,
    flinched: said('|cant|p2a: Slowpoke|flinch'),
    critical: said('|-crit|p2a'),
    noEffect: said('|-immune|p2a'),
    nothing: said('|-nothing'),
    status: target.status,
    userStatus: user.status,
    boosts: nonZero(target.boosts),
    userBoosts: nonZero(user.boosts),
    volatiles: Object.keys(target.volatiles),
    userVolatiles: Object.keys(user.volatiles),
    sides: sides(battle.p1),
    targetSides: sides(battle.p2),
    transformed: user.transformed,
    types: user.types,
    slots: user.moveSlots.map((slot) => slot.id),
    called: log.filter((text) => text.startsWith('|move|p1a')).length,
  };
}

function nonZero(boosts) {
  return Object.fromEntries(Object.entries(boosts).filter(([, stages]) => stages));
}

const ROLLS = [9, 10, 19, 20, 29, 30, 39, 40, 99];

function prepared(user, target, battle) {
  user.boosts.spe = target.boosts.spe = 3;
  battle.p2.addSideCondition('reflect', target);
  user.status = 'brn';
}

/** What a move does in each situation; `rolls` by the roll that decides on secondary effects. */
function observe(id) {
  const status = dex.moves.get(id).category === 'Status';
  return {
    usual: use(id, {}),
    many: use(id, { many: true }),
    missed: use(id, { hits: false }),
    cold: use(id, { warm: false }),
    tackled: use(id, { reply: 'tackle' }),
    squirted: use(id, { reply: 'watergun' }),
    asleep: use(id, { before: (user, target) => (target.status = 'slp') }),
    strong: use(id, { before: (user, target) => (target.boosts.atk = 6) }),
    heavy: use(id, { target: 'metapod', before: (user, target) => (target.weighthg = 5000) }),
    prepared: use(id, { before: prepared }),
    frozen: use(id, { before: (user) => (user.status = 'frz') }),
    thawing: use(id, { before: (user, target) => (target.status = 'frz') }),
    protectedTarget: use(id, { reply: 'protect', warm: false }),
    onGrass: use(id, { target: 'tangela' }),
    behindSubstitute: use(id, { before: (user, target) => target.addVolatile('substitute') }),
    rolls: status ? {} : Object.fromEntries(ROLLS.map((roll) => [roll, use(id, { roll })])),
  };
}

function species(id) {
  const { name, num, types, baseStats, weightkg, baseSpecies, forme } = dex.species.get(id);
  return { name, num, types, baseStats, weightkg, baseSpecies, forme };
}

function move(id) {
  const { name, num, type, category, basePower, accuracy, pp, priority } = dex.moves.get(id);
  return { name, num, type, category, basePower, accuracy, pp, priority };
}

/** Multiplier as a battle works it out, for a Pokémon of one type. */
function chart() {
  const names = dex.types.names();
  return names.flatMap((attack) =>
    names.map((defend) => {
      const battle = new Battle({ format, seed: [1, 2, 3, 4] });
      battle.setPlayer('p1', { name: 'A', team: member('mew', ['tackle']) });
      battle.setPlayer('p2', { name: 'B', team: member('mew', ['tackle']) });
      const target = battle.p2.active[0];
      target.types = [defend];
      const attacking = { ...battle.dex.getActiveMove('tackle'), type: attack };
      const immune = !target.runImmunity(attack);
      return [attack, defend, immune ? 0 : 2 ** target.runEffectiveness(attacking)];
    }),
  );
}

const wanted = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const each = (ids, tell) => Object.fromEntries(ids.map((id) => [id, tell(id)]));
process.stdout.write(
  JSON.stringify({
    species: each(wanted.species, species),
    moves: each(wanted.moves, move),
    observed: each(wanted.moves, observe),
    chart: chart(),
  }),
);
