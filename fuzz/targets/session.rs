//! What a client sends.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| manhole::fuzzing::session_input(data));
