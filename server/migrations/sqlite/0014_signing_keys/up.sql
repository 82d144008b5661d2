-- Keys that users sign commits with.
CREATE TABLE signing_keys (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    public_key BLOB NOT NULL,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, public_key)
) STRICT, WITHOUT ROWID;

-- Whether a branch that takes only signed commits asks for keys of this table.
ALTER TABLE protections ADD COLUMN registered_keys_only INTEGER NOT NULL DEFAULT 0;
