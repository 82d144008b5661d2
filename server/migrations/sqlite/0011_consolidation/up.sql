-- Mpacks are merged into larger ones, which take their place.

-- Whose commits a merged mpack holds: those of the default branch, those that other refs reach, or
-- those that none reaches; none for an mpack as it was pushed.
ALTER TABLE mpacks ADD COLUMN lane TEXT CHECK (lane IN ('trunk', 'side', 'lost'));
-- Its place among those of its lane; none as it was pushed.
ALTER TABLE mpacks ADD COLUMN position INTEGER;
-- The mpack that has taken its place.
ALTER TABLE mpacks ADD COLUMN merged_into INTEGER;
-- When another one took its place, or when it turned out to be lost; none where it is given out,
-- and once its blobs are deleted.
ALTER TABLE mpacks ADD COLUMN retired_at_ms INTEGER;
-- Whether it has commits that another mpack had brought before.
ALTER TABLE mpacks ADD COLUMN repeats_commits INTEGER NOT NULL DEFAULT 0;
-- Whether it was lost and is needed again: then it may build on mpacks that come after it.
ALTER TABLE mpacks ADD COLUMN brought_back INTEGER NOT NULL DEFAULT 0;

UPDATE mpacks SET repeats_commits = 1
WHERE commit_count > 0 AND (id, commit_count) NOT IN (
    SELECT mpack_id, count(*) FROM commits GROUP BY mpack_id
);

CREATE INDEX mpacks_current ON mpacks (repo_id, id) WHERE merged_into IS NULL;
CREATE INDEX mpacks_merged ON mpacks (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX mpacks_retired ON mpacks (retired_at_ms) WHERE retired_at_ms IS NOT NULL;

-- The mpack that holds it, where that is not the one that brought it, nor what took its place.
ALTER TABLE commits ADD COLUMN holder_id INTEGER;

-- The lost mpack that holds it; none as long as one does that is given out.
ALTER TABLE unreachable_commits ADD COLUMN lost_mpack_id INTEGER;
CREATE INDEX unreachable_commits_held ON unreachable_commits (repo_id) WHERE lost_mpack_id IS NULL;

-- How often content was deleted that a push may have found before.
ALTER TABLE repos ADD COLUMN collections INTEGER NOT NULL DEFAULT 0;

DELETE FROM jobs WHERE kind = 'bundle' AND finished_at_ms IS NULL;
