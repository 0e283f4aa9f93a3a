//! Fields of types without `Manhole`, and fields with functions of the application.

use std::fmt;

use manhole::Manhole;
use serde::{Deserialize, Serialize};

/// A type of another crate, for example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Celsius(f64);

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} °C", self.0)
    }
}

/// Another one, with serde.
#[derive(Serialize, Deserialize)]
pub(crate) struct Settings {
    retries: u8,
    hosts: Vec<String>,
}

/// One field for each attribute.
#[derive(Manhole)]
pub(crate) struct Foreign {
    /// Shown by `Debug`.
    #[manhole(debug)]
    debugged: Celsius,
    /// Shown by `Display`.
    #[manhole(display)]
    displayed: Celsius,
    /// Serialized data; writable, since it implements `Deserialize`.
    #[manhole(serde)]
    settings: Settings,
    /// Functions of the application.
    #[manhole(get = degrees, set = set_degrees)]
    degrees: Celsius,
    /// Functions of a module.
    #[manhole(with = fahrenheit)]
    fahrenheit: Celsius,
    /// Odd numbers are refused.
    #[manhole(validate = is_even)]
    even: u32,
    /// Read-only.
    #[manhole(readonly)]
    fixed: u32,
    /// Never shown.
    #[manhole(secret)]
    #[expect(dead_code, reason = "here to show that nobody can see it")]
    password: String,
    /// Renamed for the console.
    #[manhole(rename = "renamed")]
    original: u32,
    /// Not exposed.
    #[manhole(skip)]
    #[expect(dead_code, reason = "here to show that it is not there")]
    skipped: Celsius,
    wrapped: Wrapped,
    sealed: Sealed,
}

/// Shown as its content.
#[derive(Manhole)]
#[manhole(transparent)]
pub(crate) struct Wrapped(u64);

/// Shown as a name without content.
#[derive(Manhole)]
#[manhole(opaque)]
pub(crate) struct Sealed {
    _inside: Celsius,
}

fn degrees(celsius: &Celsius) -> f64 {
    celsius.0
}

fn set_degrees(celsius: &mut Celsius, degrees: f64) -> Result<(), String> {
    if degrees < -273.15 {
        return Err("nothing is colder than -273.15 °C".to_owned());
    }
    celsius.0 = degrees;
    Ok(())
}

mod fahrenheit {
    use super::Celsius;

    pub(super) fn get(celsius: &Celsius) -> f64 {
        celsius.0 * 1.8 + 32.0
    }

    pub(super) fn set(celsius: &mut Celsius, fahrenheit: f64) {
        celsius.0 = (fahrenheit - 32.0) / 1.8;
    }
}

fn is_even(number: &u32) -> Result<(), String> {
    if number.is_multiple_of(2) { Ok(()) } else { Err(format!("{number} is odd")) }
}

/// Returns one of each.
pub(crate) fn some() -> Foreign {
    Foreign {
        debugged: Celsius(20.0),
        displayed: Celsius(20.0),
        settings: Settings { retries: 3, hosts: vec!["a".to_owned()] },
        degrees: Celsius(20.0),
        fahrenheit: Celsius(20.0),
        even: 2,
        fixed: 1,
        password: "correct horse".to_owned(),
        original: 1,
        skipped: Celsius(20.0),
        wrapped: Wrapped(1),
        sealed: Sealed { _inside: Celsius(20.0) },
    }
}
