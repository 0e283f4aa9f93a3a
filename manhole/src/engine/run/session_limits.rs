//! The current limits of a session, which its commands can change up to the ceiling that the application sets.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use manhole_protocol::methods::LimitInfo;

use super::limits::Limits;
use crate::engine::value::{ScriptError, ScriptResult, byte_size, unknown_name};
use crate::reflect::{Manhole, PreviewLimits, Value};

/// The width of lines for a client that does not say how many columns it has.
const DEFAULT_WIDTH: usize = 80;

/// The columns that a client can have.
const COLUMNS: RangeInclusive<usize> = 20..=1_000;

/// A limit that commands can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Timeout,
    LockWait,
    Depth,
    Items,
    Text,
    Output,
    Memory,
    Variables,
}

/// The unit of a limit's number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LimitUnit {
    /// Nanoseconds.
    Time,
    Count,
    Bytes,
}

/// The shortest timeout. A command with no time at all could not restore the limit.
const MIN_TIMEOUT_NANOS: u64 = 1_000_000;

struct LimitSpec {
    limit: Limit,
    name: &'static str,
    unit: LimitUnit,
    doc: &'static str,
}

const fn spec(limit: Limit, name: &'static str, unit: LimitUnit, doc: &'static str) -> LimitSpec {
    LimitSpec { limit, name, unit, doc }
}

/// In the order of [`Limit`].
const SPECS: [LimitSpec; 8] = [
    spec(Limit::Timeout, "timeout", LimitUnit::Time, "the timeout of a command"),
    spec(Limit::LockWait, "lock_wait", LimitUnit::Time, "the longest wait for one lock of the application"),
    spec(Limit::Depth, "depth", LimitUnit::Count, "the nested levels shown"),
    spec(Limit::Items, "items", LimitUnit::Count, "the items shown of each list or map"),
    spec(Limit::Text, "text", LimitUnit::Bytes, "the bytes shown of each string"),
    spec(Limit::Output, "output", LimitUnit::Bytes, "the bytes shown of a value"),
    spec(Limit::Memory, "memory", LimitUnit::Bytes, "the memory of a command"),
    spec(Limit::Variables, "variables", LimitUnit::Bytes, "the bytes in a session's variables"),
];

impl LimitSpec {
    fn find(name: &str) -> ScriptResult<&'static Self> {
        SPECS.iter().find(|spec| spec.name == name).ok_or_else(|| {
            let names = SPECS.each_ref().map(|spec| spec.name);
            ScriptError::new(unknown_name("limit", name, names))
                .with_help(format!("use one of {}", names.join(", ")))
        })
    }

    /// Parses `value` into the number for this limit.
    fn parse(&self, value: &Value<'_>) -> ScriptResult<u64> {
        let (number, expected) = match self.unit {
            LimitUnit::Time => {
                let time = match value.as_float() {
                    Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
                    None => Duration::from_value(value.clone()).ok(),
                };
                let nanos = time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
                (nanos, "a duration such as \"30s\" or a number of seconds")
            }
            LimitUnit::Count => (as_u64(value).filter(|count| *count > 0), "a positive integer"),
            LimitUnit::Bytes => {
                let bytes =
                    if let Value::Text(text) = value { byte_size::parse(text) } else { as_u64(value) };
                (bytes, "a size such as \"64 KiB\" or a number of bytes")
            }
        };
        let wrong =
            || format!("cannot set {}: expected {expected}, found {} {value}", self.name, value.kind());
        number.ok_or_else(|| ScriptError::new(wrong()))
    }

    fn format(&self, number: u64) -> String {
        match self.unit {
            LimitUnit::Time => Value::Duration(Duration::from_nanos(number)).to_string(),
            LimitUnit::Count => number.to_string(),
            LimitUnit::Bytes => byte_size::format(number),
        }
    }
}

fn as_u64(value: &Value<'_>) -> Option<u64> {
    if let Value::Int(number) = value { u64::try_from(*number).ok() } else { None }
}

/// The limits of one session. Each is an atomic number, so that no read takes a lock.
pub(crate) struct SessionLimits {
    values: [AtomicU64; SPECS.len()],
    ceilings: [u64; SPECS.len()],
    /// The columns of the client's terminal. 0 if they are not known.
    columns: AtomicUsize,
}

impl SessionLimits {
    pub(crate) fn new(limits: &Limits, ceiling: &Limits) -> Self {
        Self {
            values: numbers(limits).map(AtomicU64::new),
            ceilings: numbers(ceiling),
            columns: AtomicUsize::new(0),
        }
    }

    /// Sets the columns of the client's terminal, for the next command.
    pub(crate) fn set_columns(&self, columns: Option<usize>) {
        let columns = columns.map_or(0, |columns| columns.clamp(*COLUMNS.start(), *COLUMNS.end()));
        self.columns.store(columns, Ordering::Relaxed);
    }

    /// Returns the columns of the client's terminal, if it said how many.
    pub(crate) fn columns(&self) -> Option<usize> {
        Some(self.columns.load(Ordering::Relaxed)).filter(|columns| *columns > 0)
    }

    /// Returns the width of lines.
    pub(crate) fn width(&self) -> usize {
        self.columns().unwrap_or(DEFAULT_WIDTH)
    }

    /// Returns the value of the limit called `name`.
    pub(crate) fn get(&self, name: &str) -> ScriptResult<Value<'static>> {
        let spec = LimitSpec::find(name)?;
        let number = self.number(spec.limit);
        Ok(match spec.unit {
            LimitUnit::Time => Value::Duration(Duration::from_nanos(number)),
            LimitUnit::Count | LimitUnit::Bytes => Value::from(number),
        })
    }

    fn number(&self, limit: Limit) -> u64 {
        self.values[limit as usize].load(Ordering::Relaxed)
    }

    /// Returns a limit that is a duration.
    pub(crate) fn time(&self, limit: Limit) -> Duration {
        Duration::from_nanos(self.number(limit))
    }

    /// Returns the ceiling of a limit that is a duration.
    pub(crate) const fn ceiling_time(&self, limit: Limit) -> Duration {
        Duration::from_nanos(self.ceilings[limit as usize])
    }

    /// Returns a limit that is a count, or a number of bytes.
    pub(crate) fn count(&self, limit: Limit) -> usize {
        usize::try_from(self.number(limit)).unwrap_or(usize::MAX)
    }

    /// Returns the limits on the output of a value.
    pub(crate) fn preview_limits(&self) -> PreviewLimits {
        PreviewLimits {
            depth: self.count(Limit::Depth),
            items: self.count(Limit::Items),
            text: self.count(Limit::Text),
            bytes: self.count(Limit::Output),
        }
    }

    /// Formats all limits with their ceilings, one in each line.
    pub(crate) fn overview(&self) -> String {
        let lines = self.infos().into_iter().map(|LimitInfo { name, value, ceiling, doc }| {
            format!("  {name:9}  {value:>8} of {ceiling:>8}  {doc}\n")
        });
        lines.collect()
    }

    /// Returns all limits, for clients that are programs.
    pub(crate) fn infos(&self) -> Vec<LimitInfo> {
        let infos = SPECS.iter().map(|spec| LimitInfo {
            name: spec.name.to_owned(),
            value: spec.format(self.number(spec.limit)),
            ceiling: spec.format(self.ceilings[spec.limit as usize]),
            doc: spec.doc.to_owned(),
        });
        infos.collect()
    }

    /// Changes the limit called `name`.
    pub(crate) fn set(&self, name: &str, value: &Value<'_>) -> ScriptResult<()> {
        let spec = LimitSpec::find(name)?;
        let number = spec.parse(value)?;
        let ceiling = self.ceilings[spec.limit as usize];
        if spec.limit == Limit::Timeout && number < MIN_TIMEOUT_NANOS {
            let (number, least) = (spec.format(number), spec.format(MIN_TIMEOUT_NANOS));
            let message = format!("cannot set {name} to {number}: the minimum is {least}");
            let help = format!("choose a time from {least} to {}", spec.format(ceiling));
            return Err(ScriptError::new(message).with_help(help));
        }
        if number > ceiling {
            let (number, ceiling) = (spec.format(number), spec.format(ceiling));
            let message = format!("cannot set {name} to {number}: the ceiling is {ceiling}");
            return Err(
                ScriptError::new(message).with_help("in the application, raise it with Builder::ceiling")
            );
        }
        self.values[spec.limit as usize].store(number, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns the names of all limits, with their documentation.
pub(crate) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    SPECS.iter().map(|spec| (spec.name, spec.doc))
}

fn numbers(limits: &Limits) -> [u64; SPECS.len()] {
    let time = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    [
        time(limits.timeout),
        time(limits.lock_wait),
        count(limits.depth),
        count(limits.items),
        count(limits.text),
        count(limits.output),
        count(limits.memory),
        count(limits.variables),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specs_are_in_the_order_of_the_limits() {
        for (index, spec) in SPECS.iter().enumerate() {
            assert_eq!(spec.limit as usize, index);
        }
    }

    #[test]
    fn a_limit_can_be_set_up_to_its_ceiling() {
        let limits = SessionLimits::new(&Limits::default(), &Limits::ceiling());
        for (name, value) in [
            ("timeout", Value::from("30s")),
            ("lock_wait", Value::Float(0.5)),
            ("text", Value::from("8 KiB")),
        ] {
            limits.set(name, &value).unwrap();
        }
        assert_eq!(limits.time(Limit::Timeout), Duration::from_secs(30));
        assert_eq!(limits.time(Limit::LockWait), Duration::from_millis(500));
        assert_eq!(limits.preview_limits().text, 8 * 1024);
        for (name, value, error) in [
            ("timeout", Value::from("2m"), "cannot set timeout to 2m: the ceiling is 1m"),
            (
                "timeout",
                Value::from("soon"),
                "cannot set timeout: expected a duration such as \"30s\" or a number of seconds, found a string \"soon\"",
            ),
            ("items", Value::from(0), "cannot set items: expected a positive integer, found an integer 0"),
            ("items", Value::from(-1), "cannot set items: expected a positive integer, found an integer -1"),
            (
                "memory",
                Value::from(-1),
                "cannot set memory: expected a size such as \"64 KiB\" or a number of bytes, found an integer -1",
            ),
            ("depth", Value::from(33), "cannot set depth to 33: the ceiling is 32"),
            ("timeout", Value::from(0), "cannot set timeout to 0s: the minimum is 1ms"),
            ("timeout", Value::from("10us"), "cannot set timeout to 10µs: the minimum is 1ms"),
            ("tiemout", Value::from(1), "there is no limit `tiemout`; did you mean `timeout`?"),
        ] {
            assert_eq!(limits.set(name, &value).unwrap_err().message, error);
        }
        // Up to the ceiling itself, and down to the least with which a command can restore it.
        for (name, value, number) in [
            ("depth", Value::from(32), 32),
            ("items", Value::from(1), 1),
            ("timeout", Value::from("60s"), 60_000_000_000),
            ("timeout", Value::Float(0.001), 1_000_000),
            ("lock_wait", Value::from(0), 0),
        ] {
            limits.set(name, &value).unwrap();
            assert_eq!(limits.number(LimitSpec::find(name).unwrap().limit), number, "{name}");
        }
    }
}
