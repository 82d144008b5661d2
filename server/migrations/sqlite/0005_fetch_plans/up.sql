-- Answers to fetches, worked out beforehand or when they were first asked for.
CREATE TABLE fetch_plans (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    -- Digest of the wanted commits.
    want BLOB NOT NULL,
    -- The commit that the reader has; empty where it has nothing.
    base BLOB NOT NULL,
    -- The mpacks, in the encoding of whoever plans fetches.
    plan BLOB NOT NULL,
    -- When it is given out no more.
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (repo_id, want, base)
) STRICT;

CREATE INDEX fetch_plans_expiry ON fetch_plans (expires_at_ms);
