//! The limits of a running session, which it may change up to the ceiling that the program has set.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole_protocol::methods::LimitInfo;

use super::limits::Limits;
use crate::engine::value::{ScriptError, byte_size, suggestion};
use crate::reflect::{Manhole, PreviewLimits, Value};

/// One limit that can be changed.
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

/// How the number behind a limit is read and written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LimitUnit {
    /// Nanoseconds.
    Time,
    Count,
    Bytes,
}

struct LimitSpec {
    limit: Limit,
    name: &'static str,
    unit: LimitUnit,
    doc: &'static str,
}

const fn row(limit: Limit, name: &'static str, unit: LimitUnit, doc: &'static str) -> LimitSpec {
    LimitSpec { limit, name, unit, doc }
}

/// In the order of [`Limit`].
const ROWS: [LimitSpec; 8] = [
    row(Limit::Timeout, "timeout", LimitUnit::Time, "how long a command may run"),
    row(Limit::LockWait, "lock_wait", LimitUnit::Time, "how long it waits for one lock of the program"),
    row(Limit::Depth, "depth", LimitUnit::Count, "how many levels of nesting are shown"),
    row(Limit::Items, "items", LimitUnit::Count, "how many items of each list or map are shown"),
    row(Limit::Text, "text", LimitUnit::Bytes, "how much of each text is shown"),
    row(Limit::Output, "output", LimitUnit::Bytes, "how much of a value is shown in all"),
    row(Limit::Memory, "memory", LimitUnit::Bytes, "how much the process may grow while a command runs"),
    row(Limit::Variables, "variables", LimitUnit::Bytes, "how much a session may keep in its variables"),
];

/// The value of a limit.
pub(crate) enum LimitValue {
    Time(Duration),
    /// A number of things or bytes.
    Number(u64),
}

/// The limits of one session. Each is a number of its own, so that reading one costs no lock.
pub(crate) struct SessionLimits {
    values: [AtomicU64; ROWS.len()],
    ceilings: [u64; ROWS.len()],
}

impl SessionLimits {
    pub(crate) fn new(limits: &Limits, ceiling: &Limits) -> Self {
        Self { values: numbers(limits).map(AtomicU64::new), ceilings: numbers(ceiling) }
    }

    /// The value of the limit called `name`.
    pub(crate) fn get(&self, name: &str) -> Result<LimitValue, ScriptError> {
        let row = find(name)?;
        let number = self.number(row.limit);
        Ok(match row.unit {
            LimitUnit::Time => LimitValue::Time(Duration::from_nanos(number)),
            LimitUnit::Count | LimitUnit::Bytes => LimitValue::Number(number),
        })
    }

    fn number(&self, limit: Limit) -> u64 {
        self.values[limit as usize].load(Ordering::Relaxed)
    }

    /// The limit as a span of time.
    pub(crate) fn time(&self, limit: Limit) -> Duration {
        Duration::from_nanos(self.number(limit))
    }

    /// The limit as a number of things or bytes.
    pub(crate) fn count(&self, limit: Limit) -> usize {
        usize::try_from(self.number(limit)).unwrap_or(usize::MAX)
    }

    /// How much of a value is shown.
    pub(crate) fn preview_limits(&self) -> PreviewLimits {
        PreviewLimits {
            depth: self.count(Limit::Depth),
            items: self.count(Limit::Items),
            text: self.count(Limit::Text),
            bytes: self.count(Limit::Output),
        }
    }

    /// All limits with their ceilings, a line for each.
    pub(crate) fn overview(&self) -> String {
        let lines = ROWS.iter().map(|row| {
            let value = written(row.unit, self.number(row.limit));
            let ceiling = written(row.unit, self.ceilings[row.limit as usize]);
            format!("  {:9}  {value:>8} of {ceiling:>8}  {}\n", row.name, row.doc)
        });
        lines.collect()
    }

    /// All limits, for programs.
    pub(crate) fn infos(&self) -> Vec<LimitInfo> {
        let infos = ROWS.iter().map(|row| LimitInfo {
            name: row.name.to_owned(),
            value: written(row.unit, self.number(row.limit)),
            ceiling: written(row.unit, self.ceilings[row.limit as usize]),
            doc: row.doc.to_owned(),
        });
        infos.collect()
    }

    /// Changes the limit called `name`.
    pub(crate) fn set(&self, name: &str, value: &Value<'_>) -> Result<(), ScriptError> {
        let row = find(name)?;
        let number = number(row, value)?;
        let ceiling = self.ceilings[row.limit as usize];
        if number > ceiling {
            return Err(ScriptError::new(format!(
                "{} is at most {} here",
                row.name,
                written(row.unit, ceiling)
            ))
            .with_help("the program sets how far a session can go: Builder::ceiling"));
        }
        self.values[row.limit as usize].store(number, Ordering::Relaxed);
        Ok(())
    }
}

/// The names of all limits, and what they limit.
pub(crate) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| (row.name, row.doc))
}

fn numbers(limits: &Limits) -> [u64; ROWS.len()] {
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

fn find(name: &str) -> Result<&'static LimitSpec, ScriptError> {
    ROWS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names = ROWS.each_ref().map(|row| row.name);
        ScriptError::new(suggestion::unknown("limit", name, names))
            .with_help(format!("the limits: {}", names.join(", ")))
    })
}

/// The number that a script's value is for the limit of a row.
fn number(row: &LimitSpec, value: &Value<'_>) -> Result<u64, ScriptError> {
    let wrong = |expected: &str| {
        ScriptError::new(format!("{} takes {expected}, not {} {value}", row.name, value.kind()))
    };
    match row.unit {
        LimitUnit::Time => {
            const EXPECTED: &str = "a time such as \"30s\" or a number of seconds";
            let time = match value.as_float() {
                Some(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong(EXPECTED))?,
                None => Duration::from_value(value.clone()).map_err(|_| wrong(EXPECTED))?,
            };
            // A command that may not run at all could not set it back.
            Ok(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1_000_000))
        }
        LimitUnit::Count => match value {
            Value::Int(count) => u64::try_from(*count)
                .ok()
                .filter(|count| *count > 0)
                .ok_or_else(|| wrong("a positive number")),
            _ => Err(wrong("a number")),
        },
        LimitUnit::Bytes => {
            const EXPECTED: &str = "a size such as \"64 KiB\" or a number of bytes";
            let bytes = match value {
                Value::Int(bytes) => u64::try_from(*bytes).ok(),
                Value::Text(text) => byte_size::parse(text),
                _ => None,
            };
            bytes.ok_or_else(|| wrong(EXPECTED))
        }
    }
}

fn written(unit: LimitUnit, number: u64) -> String {
    match unit {
        LimitUnit::Time => format!("{:?}", Duration::from_nanos(number)),
        LimitUnit::Count => number.to_string(),
        LimitUnit::Bytes => byte_size::format(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_in_the_order_of_the_limits() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.limit as usize, index);
        }
    }

    #[test]
    fn a_limit_is_set_up_to_its_ceiling() {
        let settings = SessionLimits::new(&Limits::default(), &Limits::ceiling());
        for (name, value) in [
            ("timeout", Value::from("30s")),
            ("lock_wait", Value::Float(0.5)),
            ("text", Value::from("8 KiB")),
        ] {
            settings.set(name, &value).unwrap();
        }
        assert_eq!(settings.time(Limit::Timeout), Duration::from_secs(30));
        assert_eq!(settings.time(Limit::LockWait), Duration::from_millis(500));
        assert_eq!(settings.preview_limits().text, 8 * 1024);
        for (name, value, error) in [
            ("timeout", Value::from("2m"), "timeout is at most 60s here"),
            (
                "timeout",
                Value::from("soon"),
                "timeout takes a time such as \"30s\" or a number of seconds, not a string \"soon\"",
            ),
            ("items", Value::from(0), "items takes a positive number, not an integer 0"),
            ("tiemout", Value::from(1), "there is no limit `tiemout`; did you mean `timeout`?"),
        ] {
            assert_eq!(settings.set(name, &value).unwrap_err().message, error);
        }
    }
}
