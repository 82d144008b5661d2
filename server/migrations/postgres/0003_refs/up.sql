-- How collisions see the name: case and Unicode form are folded. SQL cannot fold, so a row that has
-- none yet gets it from the first push that looks for collisions in its repository.
ALTER TABLE refs ADD COLUMN folded_name TEXT COLLATE "C";

CREATE INDEX refs_by_folded_name ON refs (repo_id, folded_name);

-- Grows with every move of a ref. Whoever moves one logs it, and a server of an earlier version,
-- which knows nothing of this column, does so, too.
ALTER TABLE repos ADD COLUMN refs_version BIGINT NOT NULL DEFAULT 0;

CREATE FUNCTION count_ref_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE repos SET refs_version = refs_version + 1
    WHERE id IN (SELECT repo_id FROM moved);
    RETURN NULL;
END
$$;

CREATE TRIGGER count_ref_moves AFTER INSERT ON ref_log
    REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION count_ref_moves();
