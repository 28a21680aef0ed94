-- The dex. Columns and their meanings are those of features.dex.TABLES; checks hold what a row
-- can be wrong in by itself, the ETL's contract holds the rest.

CREATE TABLE dexwatch.types (
    type_id smallint PRIMARY KEY,
    identifier text NOT NULL UNIQUE,
    name_en text NOT NULL UNIQUE,
    name_fr text NOT NULL UNIQUE
);

CREATE TABLE dexwatch.type_affinities (
    attacking_type_id smallint NOT NULL REFERENCES dexwatch.types,
    defending_type_id smallint NOT NULL REFERENCES dexwatch.types,
    multiplier real NOT NULL CHECK (multiplier IN (0, 0.5, 1, 2)),
    PRIMARY KEY (attacking_type_id, defending_type_id)
);

CREATE TABLE dexwatch.forms (
    form_id integer PRIMARY KEY CHECK (form_id > 0),
    showdown text NOT NULL UNIQUE,
    identifier text NOT NULL UNIQUE,
    name_en text NOT NULL UNIQUE,
    name_fr text NOT NULL UNIQUE,
    species_id smallint NOT NULL CHECK (species_id > 0),
    kind text NOT NULL CHECK (kind IN ('base', 'alola', 'mega', 'partner')),
    type1_id smallint NOT NULL REFERENCES dexwatch.types,
    type2_id smallint REFERENCES dexwatch.types CHECK (type2_id <> type1_id),
    hp smallint NOT NULL CHECK (hp BETWEEN 1 AND 255),
    attack smallint NOT NULL CHECK (attack BETWEEN 1 AND 255),
    defense smallint NOT NULL CHECK (defense BETWEEN 1 AND 255),
    special_attack smallint NOT NULL CHECK (special_attack BETWEEN 1 AND 255),
    special_defense smallint NOT NULL CHECK (special_defense BETWEEN 1 AND 255),
    speed smallint NOT NULL CHECK (speed BETWEEN 1 AND 255),
    weight_hg integer NOT NULL CHECK (weight_hg > 0)
);

CREATE TABLE dexwatch.moves (
    move_id integer PRIMARY KEY CHECK (move_id > 0),
    showdown text NOT NULL UNIQUE,
    identifier text NOT NULL UNIQUE,
    name_en text NOT NULL UNIQUE,
    name_fr text NOT NULL UNIQUE,
    type_id smallint NOT NULL REFERENCES dexwatch.types,
    category text NOT NULL CHECK (category IN ('physical', 'special', 'status')),
    power smallint NOT NULL CHECK (power BETWEEN 0 AND 300),
    accuracy smallint CHECK (accuracy BETWEEN 1 AND 100),
    pp smallint NOT NULL CHECK (pp BETWEEN 1 AND 64),
    priority smallint NOT NULL CHECK (priority BETWEEN -7 AND 7),
    damage_rule text NOT NULL,
    fixed_damage smallint NOT NULL CHECK (fixed_damage >= 0),
    min_hits smallint NOT NULL CHECK (min_hits >= 1),
    max_hits smallint NOT NULL CHECK (max_hits >= min_hits),
    crit_stage smallint NOT NULL CHECK (crit_stage BETWEEN 0 AND 3),
    always_crits boolean NOT NULL,
    uses_target_attack boolean NOT NULL,
    drain_percent smallint NOT NULL CHECK (drain_percent BETWEEN 0 AND 100),
    recoil_percent smallint NOT NULL CHECK (recoil_percent BETWEEN 0 AND 100),
    heal_percent smallint NOT NULL CHECK (heal_percent BETWEEN 0 AND 100),
    self_destructs boolean NOT NULL,
    crashes boolean NOT NULL,
    charges boolean NOT NULL,
    vanishes boolean NOT NULL,
    recharges boolean NOT NULL,
    locks_in boolean NOT NULL,
    needs_sleeping_target boolean NOT NULL,
    first_turn_only boolean NOT NULL,
    needs_attacking_target boolean NOT NULL,
    ailment text NOT NULL,
    ailment_chance smallint NOT NULL CHECK (ailment_chance BETWEEN 0 AND 100),
    boost_target text NOT NULL CHECK (boost_target IN ('self', 'foe', 'none')),
    boost_chance smallint NOT NULL CHECK (boost_chance BETWEEN 0 AND 100),
    boost_attack smallint NOT NULL CHECK (boost_attack BETWEEN -6 AND 6),
    boost_defense smallint NOT NULL CHECK (boost_defense BETWEEN -6 AND 6),
    boost_special_attack smallint NOT NULL CHECK (boost_special_attack BETWEEN -6 AND 6),
    boost_special_defense smallint NOT NULL CHECK (boost_special_defense BETWEEN -6 AND 6),
    boost_speed smallint NOT NULL CHECK (boost_speed BETWEEN -6 AND 6),
    boost_accuracy smallint NOT NULL CHECK (boost_accuracy BETWEEN -6 AND 6),
    boost_evasion smallint NOT NULL CHECK (boost_evasion BETWEEN -6 AND 6),
    special_effect text NOT NULL,
    is_powder boolean NOT NULL,
    is_sound boolean NOT NULL,
    thaws_user boolean NOT NULL
);

CREATE TABLE dexwatch.learnset (
    form_id integer NOT NULL REFERENCES dexwatch.forms,
    move_id integer NOT NULL REFERENCES dexwatch.moves,
    method text NOT NULL CHECK (method IN ('level', 'machine', 'tutor', 'gift')),
    level smallint CHECK (level BETWEEN 0 AND 100),
    source_form_id integer NOT NULL REFERENCES dexwatch.forms,
    PRIMARY KEY (form_id, move_id),
    CHECK ((method = 'level') = (level IS NOT NULL))
);
CREATE INDEX learnset_by_move ON dexwatch.learnset (move_id);

-- One row: which dex this is. Services hold it against what they have read.
CREATE TABLE dexwatch.dex_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE dexwatch.types IS 'The 18 types';
COMMENT ON TABLE dexwatch.type_affinities IS 'What a type''s attack does to another type';
COMMENT ON TABLE dexwatch.forms IS 'Pokémon with their base stats, by PokeAPI id';
COMMENT ON TABLE dexwatch.moves IS 'Moves as they are in Let''s Go, by PokeAPI id';
COMMENT ON TABLE dexwatch.learnset IS 'Which form can legally know which move, and how';
COMMENT ON TABLE dexwatch.dex_version IS 'Which dex is stored; every change of the tables makes another';
COMMENT ON COLUMN dexwatch.forms.weight_hg IS 'Tenths of a kilogram';
COMMENT ON COLUMN dexwatch.moves.power IS '0 where there is no fixed base power';
COMMENT ON COLUMN dexwatch.moves.accuracy IS 'Percent; null: never misses';
COMMENT ON COLUMN dexwatch.moves.pp IS 'Base; a battle starts with 8/5 of it';
COMMENT ON COLUMN dexwatch.moves.fixed_damage IS 'HP; 0 unless damage_rule is fixed';
COMMENT ON COLUMN dexwatch.learnset.source_form_id IS
    'The form itself, or the pre-evolution that the move was kept from';

CREATE FUNCTION dexwatch.announce_dex() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('dexwatch_dex', NEW.version);
    RETURN NULL;
END $$;

CREATE TRIGGER announce_dex AFTER INSERT OR UPDATE ON dexwatch.dex_version
FOR EACH ROW EXECUTE FUNCTION dexwatch.announce_dex();

-- A change by hand makes a new version too; a load sets its own at the end of its transaction.
CREATE FUNCTION dexwatch.touch_dex() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO dexwatch.dex_version AS v (version)
    VALUES ('edited-' || pg_current_xact_id()::text)
    ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, changed_at = now()
    WHERE v.version <> excluded.version;
    RETURN NULL;
END $$;

CREATE TRIGGER touch_dex AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dexwatch.types
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.touch_dex();
CREATE TRIGGER touch_dex AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dexwatch.type_affinities
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.touch_dex();
CREATE TRIGGER touch_dex AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dexwatch.forms
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.touch_dex();
CREATE TRIGGER touch_dex AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dexwatch.moves
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.touch_dex();
CREATE TRIGGER touch_dex AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON dexwatch.learnset
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.touch_dex();

-- The service reads; it never writes the dex. Where the role does not exist, the service runs as
-- the owner, in read-only sessions.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dexwatch_service') THEN
        GRANT USAGE ON SCHEMA dexwatch TO dexwatch_service;
        GRANT SELECT ON ALL TABLES IN SCHEMA dexwatch TO dexwatch_service;
    END IF;
END $$;
