-- Keys that users sign commits with.
CREATE TABLE signing_keys (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    public_key BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, public_key)
);

-- Whether a branch that takes only signed commits asks for keys of this table.
ALTER TABLE protections ADD COLUMN registered_keys_only BOOLEAN NOT NULL DEFAULT FALSE;
