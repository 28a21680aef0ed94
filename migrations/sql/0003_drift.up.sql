-- Drift reports, as the worker makes them. Only the latest are kept.
CREATE TABLE dexwatch.drift_reports (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    computed_at timestamptz NOT NULL,
    model_version text NOT NULL,
    verdict text NOT NULL,
    row_count bigint NOT NULL,
    report jsonb NOT NULL
);

COMMENT ON TABLE dexwatch.drift_reports IS 'How far production has moved from training, over time';
COMMENT ON COLUMN dexwatch.drift_reports.row_count IS 'Predictions that the report counts';

-- The service shows what the worker, which owns the table, has found.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'dexwatch_service') THEN
        GRANT SELECT ON dexwatch.drift_reports TO dexwatch_service;
    END IF;
END $$;
