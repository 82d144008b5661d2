//! How a run of `musehub` ends, for those who read its exit code.

/// Exit code of a run that failed, or that found damage.
pub const EXIT_FAILURE: u8 = 1;

/// Exit code of a command line, or a file of settings, that is wrong.
pub const EXIT_USAGE: u8 = 2;

/// Exit code of `migrate --check` where migrations are pending.
pub const EXIT_PENDING: u8 = 3;

/// Every exit code with its meaning, ascending. The manual is made of it.
pub const EXIT_CODES: [(u8, &str); 4] = [
    (0, "done; of a server, it was asked to stop"),
    (EXIT_FAILURE, "failed; `musehub doctor` has found damage"),
    (EXIT_USAGE, "wrong usage, or a setting that is none"),
    (
        EXIT_PENDING,
        "`musehub migrate --check` has found that something is pending",
    ),
];
