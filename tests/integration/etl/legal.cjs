/**
 * Asks the simulator's own team validator which moves it lets a species know. Reads simulator ids
 * of species as a JSON list from standard input, writes moves by species as JSON to standard
 * output; moves that the game marks as unobtainable are left out.
 */
'use strict';

const { Dex, TeamValidator } = require('pokemon-showdown');

const dex = Dex.mod('gen7letsgo');
const format = Dex.formats.all().find((one) => one.mod === 'gen7letsgo');
const validator = new TeamValidator(format.id);
const moves = dex.moves.all().filter((move) => move.exists && !move.isNonstandard);

/** A Mega form is no member of a team; its base form is. */
function legal(id) {
  const form = dex.species.get(id);
  const species = form.isMega ? dex.species.get(form.baseSpecies) : form;
  const learns = (move) => {
    const set = { species: species.name, name: species.name, level: 100, moves: [move.id] };
    return !validator.checkCanLearn(move, species, validator.allSources(species), set);
  };
  return moves.filter(learns).map((move) => move.id);
}

const wanted = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(Object.fromEntries(wanted.map((id) => [id, legal(id)]))));
