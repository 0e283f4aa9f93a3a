//! Converts values and errors to those of the protocol, and back.

use std::time::Instant;

use manhole_protocol::{Data, Error, ErrorKind, SourceLocation};

use crate::engine::{Diagnostic, ScriptErrorKind, StopReason};
use crate::reflect::Value;

/// Converts a value of the application.
pub(super) fn to_data(value: Value<'_>) -> Data {
    match value {
        Value::Unit => Data::Null,
        Value::Bool(value) => Data::Bool(value),
        Value::Int(value) => Data::Int(value),
        Value::Uint(value) => Data::Uint(value),
        // The `f64` with the same text as the `f32` narrows back to it.
        Value::F32(value) if value.is_finite() => {
            Data::Float(value.to_string().parse().unwrap_or_else(|_| value.into()))
        }
        Value::F32(value) => Data::Float(value.into()),
        Value::Float(value) => Data::Float(value),
        Value::Char(value) => Data::Text(value.into()),
        Value::Text(value) => Data::Text(value.into_owned()),
        Value::Bytes(value) => Data::Bytes(value.into_owned()),
        // A number with one unit, which is easier to parse than `1h 30m`.
        Value::Duration(value) => Data::Text(format!("{value:?}")),
        Value::Time(_) => Data::Text(value.to_string()),
        Value::Instant(value) => {
            let now = Instant::now();
            Data::Text(match value.checked_duration_since(now) {
                Some(later) => format!("in {later:?}"),
                None => format!("{:?} ago", now.saturating_duration_since(value)),
            })
        }
        Value::List(items) => Data::List(items.into_iter().map(to_data).collect()),
        Value::Map(entries) => {
            Data::Map(entries.into_iter().map(|(key, item)| (to_data(key), to_data(item))).collect())
        }
        Value::Struct(value) => to_data(value.into_plain()),
        Value::Placeholder(why) => Data::Placeholder(why.to_owned()),
    }
}

/// Converts a value of the client.
///
/// # Errors
///
/// If it is a placeholder, which stands for a value that is not shown.
pub(super) fn from_data(data: Data) -> Result<Value<'static>, Error> {
    Ok(match data {
        Data::Null => Value::Unit,
        Data::Bool(value) => Value::Bool(value),
        Data::Int(value) => Value::Int(value),
        Data::Uint(value) => i128::try_from(value).map_or(Value::Uint(value), Value::Int),
        Data::Float(value) => Value::Float(value),
        Data::Text(value) => Value::from(value),
        Data::Bytes(value) => Value::Bytes(value.into()),
        Data::List(items) => Value::List(items.into_iter().map(from_data).collect::<Result<_, _>>()?),
        Data::Map(entries) => {
            let entries = entries.into_iter().map(|(key, item)| Ok((from_data(key)?, from_data(item)?)));
            Value::Map(entries.collect::<Result<_, Error>>()?)
        }
        Data::Placeholder(why) => {
            let message =
                format!("cannot write the placeholder {why:?}: it stands for a value that is not shown");
            return Err(Error::new(ErrorKind::InvalidParams, message));
        }
        _ => return Err(Error::new(ErrorKind::InvalidParams, "cannot read the value: its kind is unknown")),
    })
}

/// Converts the error of a command.
pub(super) fn error(diagnostic: &Diagnostic) -> Error {
    let kind = match diagnostic.error.kind {
        ScriptErrorKind::Syntax => ErrorKind::Syntax,
        ScriptErrorKind::Runtime => ErrorKind::Runtime,
        ScriptErrorKind::Denied => ErrorKind::Denied,
        ScriptErrorKind::Limit => ErrorKind::Limit,
        ScriptErrorKind::Locked => ErrorKind::Locked,
    };
    let location = diagnostic.location.as_ref().map(|found| {
        let mut location = SourceLocation::new(found.line, found.column);
        location.function.clone_from(&found.function);
        location.script.clone_from(&found.script);
        location
    });
    Error::new(kind, diagnostic.error.message.clone())
        .with_help(diagnostic.error.help.clone())
        .with_location(location)
        .with_text(diagnostic.to_string())
}

/// Converts the reason why a command was stopped.
pub(super) fn stopped(stop: StopReason, stop_hint: Option<String>) -> Error {
    let kind = match stop {
        StopReason::Timeout(_) => ErrorKind::Timeout,
        StopReason::Memory(_) | StopReason::Budget(_) | StopReason::HostLimit(_) | StopReason::Panics(_) => {
            ErrorKind::Limit
        }
        StopReason::Shutdown => ErrorKind::ShuttingDown,
        StopReason::Cancelled | StopReason::HangUp | StopReason::Exit | StopReason::ProcessExit(_) => {
            ErrorKind::Cancelled
        }
    };
    Error::new(kind, stop.to_string()).with_help(stop_hint)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_value_survives_both_conversions() {
        for value in [
            Value::Unit,
            Value::Bool(true),
            Value::Int(i128::MIN),
            Value::Uint(u128::MAX),
            Value::Float(0.1),
            Value::from("text"),
            Value::Bytes(vec![0, 255].into()),
            Value::List(vec![1.into(), "x".into()]),
            Value::Map(vec![(7.into(), true.into())]),
        ] {
            assert!(from_data(to_data(value.clone())).unwrap().same(&value), "{value}");
        }
        assert_eq!(to_data(Value::F32(0.1)), Data::Float(0.1));
        assert_eq!(to_data(Value::Duration(Duration::from_millis(1500))), Data::Text("1.5s".to_owned()));
        assert_eq!(to_data(Value::Duration(Duration::from_secs(5400))), Data::Text("5400s".to_owned()));
        let Data::Text(later) = to_data(Value::Instant(Instant::now() + Duration::from_secs(5400))) else {
            panic!("an instant is a text");
        };
        assert!(later.starts_with("in 5") && later.ends_with('s'), "{later}");
        assert_eq!(to_data(Value::Char('x')), Data::Text("x".to_owned()));
        assert_eq!(
            from_data(Data::Placeholder("cut".to_owned())).unwrap_err().kind(),
            ErrorKind::InvalidParams
        );
    }
}
