/**
 * Writes one JSON document to standard output: what the snapshot takes from the simulator
 * (mod gen7letsgo) and the names that oakdex-pokedex knows. It decides nothing; Python does.
 *
 * Usage: node showdown_export.cjs
 * Exit status 69: the npm packages are not installed.
 */
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

const MISSING = 69;

/** A package's module, or the end of the program with a line that says so. */
function load(name, resolve) {
  try {
    return resolve(name);
  } catch (error) {
    process.stderr.write(`${name} cannot be loaded: ${error.message.split('\n', 1)[0]}\n`);
    process.exit(MISSING);
  }
}

const { Dex } = load('pokemon-showdown', require);
const oakdexFolder = path.dirname(load('oakdex-pokedex/package.json', require.resolve));
const dex = Dex.mod('gen7letsgo');

const species = dex.species.all().filter((one) => one.exists && !one.isNonstandard);
const learnsets = Object.fromEntries(
  species.map((one) => [one.id, dex.data.Learnsets[one.id]?.learnset ?? {}]),
);
const learnt = new Set(Object.values(learnsets).flatMap((moves) => Object.keys(moves)));
const moves = dex.moves.all().filter((one) => learnt.has(one.id));

function speciesFacts(one) {
  return {
    id: one.id,
    name: one.name,
    num: one.num,
    forme: one.forme,
    base: dex.toID(one.baseSpecies),
    prevo: dex.toID(one.prevo),
    types: one.types,
    stats: one.baseStats,
    weight_hg: one.weighthg,
  };
}

function functionsOf(object) {
  return Object.keys(object).filter((key) => typeof object[key] === 'function');
}

function secondaryFacts(one) {
  return {
    chance: one.chance,
    status: one.status ?? null,
    volatile: one.volatileStatus ?? null,
    boosts: one.boosts ?? null,
    self_boosts: one.self?.boosts ?? null,
    functions: functionsOf(one),
  };
}

/** The simulator's own words; what is a function in it is named under `functions`. */
function moveFacts(one) {
  return {
    id: one.id,
    name: one.name,
    num: one.num,
    nonstandard: one.isNonstandard,
    type: one.type,
    category: one.category,
    base_power: one.basePower,
    accuracy: one.accuracy === true ? null : one.accuracy,
    pp: one.pp,
    priority: one.priority,
    target: one.target,
    flags: Object.keys(one.flags),
    crit_ratio: one.critRatio,
    will_crit: Boolean(one.willCrit),
    multihit: [one.multihit ?? 1].flat(),
    drain: one.drain ?? null,
    recoil: one.recoil ?? null,
    heal: one.heal ?? null,
    damage: one.damage ?? null,
    ohko: Boolean(one.ohko),
    offensive_pokemon: one.overrideOffensivePokemon ?? null,
    selfdestruct: Boolean(one.selfdestruct),
    crashes: Boolean(one.hasCrashDamage),
    status: one.status ?? null,
    volatile: one.volatileStatus ?? null,
    side_condition: one.sideCondition ?? null,
    boosts: one.boosts ?? null,
    self_boosts: one.self?.boosts ?? one.selfBoost?.boosts ?? null,
    self_volatile: one.self?.volatileStatus ?? null,
    self_side_condition: one.self?.sideCondition ?? null,
    self_functions: functionsOf(one.self ?? {}),
    secondaries: (one.secondaries ?? []).map(secondaryFacts),
    force_switch: Boolean(one.forceSwitch),
    self_switch: Boolean(one.selfSwitch),
    breaks_protect: Boolean(one.breaksProtect),
    thaws_target: Boolean(one.thawsTarget),
    vanishes: typeof one.condition?.onInvulnerability === 'function',
    functions: functionsOf(one),
  };
}

/** Multiplier by attacking and defending type. */
function chart() {
  const names = dex.types.names().filter((name) => !dex.types.get(name).isNonstandard);
  return Object.fromEntries(
    names.map((attacking) => [
      attacking,
      Object.fromEntries(
        names.map((defending) => [
          defending,
          dex.getImmunity(attacking, defending)
            ? 2 ** dex.getEffectiveness(attacking, defending)
            : 0,
        ]),
      ),
    ]),
  );
}

/** English and French names of one of oakdex-pokedex's lists. */
function names(list) {
  const entries = JSON.parse(readFileSync(path.join(oakdexFolder, 'data', `${list}.json`), 'utf8'));
  return Object.values(entries).map((entry) => ({
    num: entry.national_id ?? entry.index_number ?? null,
    en: entry.names.en,
    fr: entry.names.fr ?? null,
  }));
}

process.stdout.write(
  JSON.stringify({
    species: species.map(speciesFacts),
    moves: moves.map(moveFacts),
    chart: chart(),
    learnsets,
    names: { species: names('pokemon'), moves: names('move'), types: names('type') },
  }),
);
