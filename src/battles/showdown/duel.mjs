/**
 * What every battle here has in common: one Pokémon a side, level 50, individual values 31,
 * no awakening values, a neutral nature, neither ability nor item, the Let's Go rules and
 * nothing added to them.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Exit status by which the caller knows that the simulator is not installed. */
export const SIMULATOR_MISSING = 69;

/** Load a module of the simulator, or end the process saying how to install it. */
export function simulator(path = '') {
  try {
    return require(`pokemon-showdown${path}`);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    process.stderr.write('pokemon-showdown is not installed: run `make node`\n');
    process.exit(SIMULATOR_MISSING);
  }
}

const { Dex } = simulator();
const { Format } = simulator('/dist/sim/dex-formats');

/** A game that has not ended after this many turns is a draw. */
export const TURN_CAP = 200;

/** Names of the two players; `battle.winner` holds one of them. */
export const SIDE_A = 'A';
export const SIDE_B = 'B';

export const FORMAT = new Format({
  mod: 'gen7letsgo',
  effectType: 'Format',
  name: 'Duel',
  ruleset: [],
  banlist: [],
});

/** The simulator's data of Let's Go, frozen. */
export const dex = Dex.forFormat(FORMAT);

/**
 * The one member of a team.
 * @param {string} species simulator id
 * @param {string[]} moves simulator ids, any number
 */
export function teamSet(species, moves) {
  const facts = dex.species.get(species);
  if (!facts.exists) throw new Error(`unknown species ${species}`);
  for (const id of moves) if (!dex.moves.get(id).exists) throw new Error(`unknown move ${id}`);
  return {
    species: facts.name,
    moves,
    ability: 'No Ability',
    item: '',
    nature: 'Serious',
    level: 50,
    happiness: 70,
    gender: facts.gender || 'M',
    evs: { hp: 0, atk: 0, def: 0, spa: 0, spd: 0, spe: 0 },
    ivs: { hp: 31, atk: 31, def: 31, spa: 31, spd: 31, spe: 31 },
  };
}
