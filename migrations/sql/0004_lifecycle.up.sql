-- How models come to serve. A cycle is one attempt to replace the champion: at most one is under way
-- for a model. Every step of it is a row of the audit, which nobody changes.
CREATE TABLE dexwatch.cycles (
    id uuid PRIMARY KEY,
    model text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'shadowing', 'watching', 'ended')),
    outcome text CHECK (outcome IN ('kept', 'refused', 'rolled_back', 'failed', 'cancelled')),
    champion integer,
    challenger integer,
    failures integer NOT NULL DEFAULT 0,
    job_id bigint,
    carrier jsonb NOT NULL DEFAULT '{}',
    began_at timestamptz NOT NULL DEFAULT now(),
    state_since timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
);

CREATE UNIQUE INDEX cycles_one_under_way ON dexwatch.cycles (model) WHERE state <> 'ended';

COMMENT ON TABLE dexwatch.cycles IS 'Attempts to replace the champion';
COMMENT ON COLUMN dexwatch.cycles.champion IS 'Version that served when the challenger was registered';
COMMENT ON COLUMN dexwatch.cycles.failures IS 'Of the state it is in';
COMMENT ON COLUMN dexwatch.cycles.carrier IS 'Trace context that every step goes on in';

CREATE TABLE dexwatch.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    cycle uuid NOT NULL REFERENCES dexwatch.cycles (id),
    step text NOT NULL,
    outcome text NOT NULL,
    actor text NOT NULL,
    model_version text,
    trace_id text,
    summary text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_cycle ON dexwatch.audit (cycle, id);

COMMENT ON TABLE dexwatch.audit IS 'What was done to which model, by whom, why, and what came of it';

CREATE FUNCTION dexwatch.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END $$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON dexwatch.audit
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.refuse_change();

CREATE INDEX feedback_model_version ON dexwatch.feedback (model_version, received_at);

-- What serving processes see of the model that answers, and of one that is scored beside it.
CREATE TABLE dexwatch.live_windows (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    model_version text NOT NULL,
    role text NOT NULL CHECK (role IN ('serving', 'shadow')),
    predictions bigint NOT NULL,
    failures bigint NOT NULL,
    slow bigint NOT NULL,
    seconds double precision NOT NULL,
    confidence double precision NOT NULL,
    disagreements bigint NOT NULL,
    difference double precision NOT NULL,
    skipped bigint NOT NULL
);

CREATE INDEX live_windows_version ON dexwatch.live_windows (model_version, role, at);
CREATE INDEX live_windows_at ON dexwatch.live_windows (at);

COMMENT ON TABLE dexwatch.live_windows IS 'Sums over a few seconds of one process';
COMMENT ON COLUMN dexwatch.live_windows.slow IS 'Predictions above 0.1 s';
COMMENT ON COLUMN dexwatch.live_windows.disagreements IS 'Where the shadow would recommend another move';
COMMENT ON COLUMN dexwatch.live_windows.difference IS 'Sum of |shadow - champion| of the recommended move';
COMMENT ON COLUMN dexwatch.live_windows.skipped IS 'Predictions that the shadow was not asked about';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dexwatch_service') THEN
        GRANT SELECT ON dexwatch.cycles, dexwatch.audit TO dexwatch_service;
        GRANT SELECT, INSERT ON dexwatch.live_windows TO dexwatch_service;
    END IF;
END $$;
