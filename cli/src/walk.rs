//! Which commits, snapshots and objects a push must send.
