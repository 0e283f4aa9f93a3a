//! A line of the protocol.

#![no_main]

libfuzzer_sys::fuzz_target!(|line: &str| manhole_protocol::fuzzing::line(line));
