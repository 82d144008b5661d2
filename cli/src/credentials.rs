//! Tokens for servers: where they come from and where they are kept.
