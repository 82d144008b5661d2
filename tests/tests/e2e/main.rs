//! End-to-end stories: the real binaries, on both pairs of backends, one file per story.
//!
//! One program instead of one for each file, because linking takes longer than running.

mod access;
mod backup;
mod bad_days;
mod bad_input;
mod bad_mpacks;
mod branch_have;
mod client_killed;
mod completion;
mod conformance;
mod consolidation;
mod daily;
mod debug_mpack;
mod demo;
mod downloads;
mod embedded;
mod fetch_and_pull;
mod first_path;
mod forced_push;
mod git_remote;
mod installing;
mod killed_at_a_point;
mod large_object;
mod looking_back;
mod lying_server;
mod many_refs;
mod merging;
mod messages;
mod odd_paths;
mod operating;
mod operations;
mod own_history;
mod people;
mod postgres_tls;
mod protocol;
mod server_killed;
mod server_process;
mod shallow;
mod signing;
mod thin;
mod tokens;
mod trouble;
mod upkeep;
mod withheld;
mod without_server;
