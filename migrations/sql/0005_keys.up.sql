-- Who may change state over HTTP. A key itself is never stored: its SHA-256 is enough to know it
-- again, and nobody can guess 256 random bits from it.
CREATE TABLE dexwatch.api_keys (
    id text PRIMARY KEY CHECK (id ~ '^[a-z2-7]{8}$'),
    name text NOT NULL CHECK (name ~ '^[[:print:]]{1,100}$'),
    sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

COMMENT ON TABLE dexwatch.api_keys IS 'Keys of the HTTP service, without the keys themselves';
COMMENT ON COLUMN dexwatch.api_keys.id IS 'Part of the key; no secret';
COMMENT ON COLUMN dexwatch.api_keys.sha256 IS 'Of the whole key';

CREATE TABLE dexwatch.api_key_events (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    key_id text NOT NULL REFERENCES dexwatch.api_keys (id),
    event text NOT NULL CHECK (event IN ('created', 'replaced', 'revoked')),
    actor text NOT NULL
);

CREATE INDEX api_key_events_key ON dexwatch.api_key_events (key_id, event_id);

COMMENT ON TABLE dexwatch.api_key_events IS 'What was done to which key, and by whom';

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON dexwatch.api_key_events
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.refuse_change();

-- A table of its own, since the release before this one reads all columns of feedback.
CREATE TABLE dexwatch.feedback_keys (
    prediction_id uuid PRIMARY KEY REFERENCES dexwatch.feedback (prediction_id) ON DELETE CASCADE,
    key_id text NOT NULL REFERENCES dexwatch.api_keys (id)
);

CREATE INDEX feedback_keys_key ON dexwatch.feedback_keys (key_id);

COMMENT ON TABLE dexwatch.feedback_keys IS 'Whose key told the feedback, so that it can be taken back';

CREATE FUNCTION dexwatch.announce_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('dexwatch_keys', '');
    RETURN NULL;
END $$;

CREATE TRIGGER announce_keys AFTER INSERT OR UPDATE OR DELETE ON dexwatch.api_keys
FOR EACH STATEMENT EXECUTE FUNCTION dexwatch.announce_keys();

-- The service knows keys again and notes whose feedback it was; keys are made by the owner alone.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dexwatch_service') THEN
        GRANT SELECT ON dexwatch.api_keys TO dexwatch_service;
        GRANT INSERT ON dexwatch.feedback_keys TO dexwatch_service;
    END IF;
END $$;
