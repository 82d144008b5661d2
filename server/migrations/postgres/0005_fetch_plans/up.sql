-- Answers to fetches, worked out beforehand or when they were first asked for.
CREATE TABLE fetch_plans (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    -- Digest of the wanted commits.
    want BYTEA NOT NULL,
    -- The commit that the reader has; empty where it has nothing.
    base BYTEA NOT NULL,
    -- The mpacks, in the encoding of whoever plans fetches.
    plan BYTEA NOT NULL,
    -- When it is given out no more.
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (repo_id, want, base)
);

CREATE INDEX fetch_plans_expiry ON fetch_plans (expires_at_ms);
