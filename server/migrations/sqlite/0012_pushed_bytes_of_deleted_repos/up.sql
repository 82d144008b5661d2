-- What a user pushed in a day counts also once the repository is deleted: under the repository 0.
-- SQLite drops no foreign key, so the table is made anew.
CREATE TABLE pushed_bytes_new (
    -- Days since 1970.
    day INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    repo_id INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (day, user_id, repo_id)
) STRICT, WITHOUT ROWID;

INSERT INTO pushed_bytes_new SELECT day, user_id, repo_id, bytes FROM pushed_bytes;
DROP TABLE pushed_bytes;
ALTER TABLE pushed_bytes_new RENAME TO pushed_bytes;

CREATE INDEX pushed_bytes_by_repo ON pushed_bytes (day, repo_id);
