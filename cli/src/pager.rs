//! Long output through a pager, as git does it: only on a terminal, and `less -FRX` unless told otherwise.
