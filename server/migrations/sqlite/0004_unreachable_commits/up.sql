-- Commits that no ref reaches: rows come and go in the transactions that move refs.
CREATE TABLE unreachable_commits (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    commit_id BLOB NOT NULL,
    -- The mpack that brought it.
    mpack_id INTEGER NOT NULL,
    PRIMARY KEY (repo_id, commit_id)
) STRICT, WITHOUT ROWID;

INSERT INTO unreachable_commits (repo_id, commit_id, mpack_id)
WITH RECURSIVE
    parent_number (number) AS (
        SELECT 0 UNION ALL SELECT number + 1 FROM parent_number WHERE number < 63
    ),
    reachable (repo_id, id) AS (
        SELECT repo_id, target FROM refs
        UNION
        SELECT child.repo_id, substr(child.parents, 32 * number + 1, 32)
        FROM reachable
        JOIN commits AS child ON child.repo_id = reachable.repo_id AND child.id = reachable.id
        JOIN parent_number ON 32 * number < length(child.parents)
    )
SELECT repo_id, id, mpack_id FROM commits
WHERE (repo_id, id) NOT IN (SELECT repo_id, id FROM reachable);
