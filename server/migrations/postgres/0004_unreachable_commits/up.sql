-- Commits that no ref reaches: rows come and go in the transactions that move refs.
CREATE TABLE unreachable_commits (
    repo_id BIGINT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    commit_id BYTEA NOT NULL,
    -- The mpack that brought it.
    mpack_id BIGINT NOT NULL,
    PRIMARY KEY (repo_id, commit_id)
);

INSERT INTO unreachable_commits (repo_id, commit_id, mpack_id)
WITH RECURSIVE reachable (repo_id, id) AS (
    SELECT repo_id, target FROM refs
    UNION
    SELECT child.repo_id, substring(child.parents FROM 32 * number + 1 FOR 32)
    FROM reachable
    JOIN commits AS child ON child.repo_id = reachable.repo_id AND child.id = reachable.id
    CROSS JOIN LATERAL generate_series(0, length(child.parents) / 32 - 1) AS number
)
SELECT repo_id, id, mpack_id FROM commits
WHERE NOT EXISTS (
    SELECT FROM reachable WHERE reachable.repo_id = commits.repo_id AND reachable.id = commits.id
);
