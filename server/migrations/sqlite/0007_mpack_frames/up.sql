-- Where the frames of objects and chunks lie, so that they can be read by range without a look at
-- the mpack's tables; none for mpacks that were published before.
ALTER TABLE mpacks ADD COLUMN frames BLOB;
