//! What an operator does on the command line.
