-- What became of predicted battles. The prediction's own columns are kept with it, so that it can
-- still be judged when its file is no more.
CREATE TABLE dexwatch.feedback (
    prediction_id uuid PRIMARY KEY,
    winner text NOT NULL CHECK (winner IN ('A', 'B', 'draw')),
    received_at timestamptz NOT NULL DEFAULT now(),
    predicted_at timestamptz NOT NULL,
    model_version text NOT NULL,
    pokemon_a_id integer NOT NULL,
    pokemon_b_id integer NOT NULL,
    recommended_move text NOT NULL,
    win_probability double precision NOT NULL CHECK (win_probability BETWEEN 0 AND 1)
);

CREATE INDEX feedback_received_at ON dexwatch.feedback (received_at);

COMMENT ON TABLE dexwatch.feedback IS 'What became of predicted battles, once for each prediction';
COMMENT ON COLUMN dexwatch.feedback.winner IS 'A, B or draw; A had the recommended move';
COMMENT ON COLUMN dexwatch.feedback.win_probability IS 'Of A, as it was answered';

-- The service adds what it hears; it neither changes nor removes anything.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dexwatch_service') THEN
        GRANT SELECT, INSERT ON dexwatch.feedback TO dexwatch_service;
    END IF;
END $$;
