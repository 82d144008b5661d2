-- Jobs are claimed in turns, so that no repository and no user keeps the others waiting.
ALTER TABLE jobs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

CREATE INDEX jobs_turn ON jobs (turn, due_at_ms, id) WHERE finished_at_ms IS NULL;
DROP INDEX jobs_due;
