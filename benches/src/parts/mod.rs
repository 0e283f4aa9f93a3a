//! The parts of the benchmark, one a file. Uses `support` and `report`.

mod client_process;
mod compile_time;
mod first_look;
mod first_screen;
mod fleet;
mod hostile_pauses;
mod instructions;
mod lock_hold;
mod owned;
mod queries;
mod resources;
mod round_trip;
mod script;
mod startup;
mod stop_latency;
mod web_service;

pub(crate) use startup::{ONLY_START, start_once};

use crate::report::Table;
use crate::support::Scale;

/// One part.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Whether the light run includes it.
    pub(crate) is_light: bool,
    pub(crate) measure: fn(Scale, &mut Table),
}

const fn light(name: &'static str, measure: fn(Scale, &mut Table)) -> Part {
    Part { name, is_light: true, measure }
}

const fn full(name: &'static str, measure: fn(Scale, &mut Table)) -> Part {
    Part { name, is_light: false, measure }
}

/// Every part, in the order in which they run.
pub(crate) const PARTS: &[Part] = &[
    // The part that counts memory and threads runs first: the others leave some of both behind.
    light("resources", resources::measure),
    light("startup", startup::measure),
    light("round-trip", round_trip::measure),
    light("first-screen", first_screen::measure),
    light("lock-hold", lock_hold::measure),
    light("owned", owned::measure),
    light("stop-latency", stop_latency::measure),
    light("script", script::measure),
    full("queries", queries::measure),
    light("tracing", first_look::tracing::measure),
    light("tasks", first_look::tasks::measure),
    light("first-look", first_look::roots::measure),
    full("client-process", client_process::measure),
    full("fleet", fleet::measure),
    full("web-service", web_service::measure),
    full("hostile-pauses", hostile_pauses::measure),
    full("instructions", instructions::measure),
    full("derive", compile_time::derive::measure),
    full("build", compile_time::build::measure),
];
