"""A reader of mpacks, written from MPACK.md alone: it shares no line with the Rust code."""
