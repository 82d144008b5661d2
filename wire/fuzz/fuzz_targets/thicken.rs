//! [`muse_fuzz::thicken`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| muse_fuzz::thicken(input));
