//! A script, under the limits of a command.

#![no_main]

libfuzzer_sys::fuzz_target!(|code: &str| manhole::fuzzing::script(code));
