//! The builtin `watch`: prints the result of a function whenever it changes.

use std::time::{Duration, SystemTime};

use rhai::{Dynamic, FnPtr, INT, Module, NativeCallContext};

use super::values::duration;
use crate::engine::show::{Formatter, until_ended};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, terminated};

type Call<'a> = NativeCallContext<'a>;

/// The maximum number of lines of a watch.
const MAX_WATCH_LINES: usize = 10_000;

/// The minimum interval of a watch.
pub(crate) const MIN_WATCH_INTERVAL: Duration = Duration::from_millis(10);

/// Adds the function.
pub(crate) fn bind(module: &mut Module) {
    register(module, "watch", |call: Call<'_>, interval: Dynamic, function: FnPtr| {
        watch(&call, &interval, &function, MAX_WATCH_LINES)
    });
    register(module, "watch", |call: Call<'_>, interval: Dynamic, function: FnPtr, lines: INT| {
        match usize::try_from(lines) {
            Ok(lines @ 1..=MAX_WATCH_LINES) => watch(&call, &interval, &function, lines),
            _ => {
                Err(ScriptError::new(format!("cannot print {lines} lines: expected 1 to {MAX_WATCH_LINES}"))
                    .into())
            }
        }
    });
}

/// Prints the result of `function` whenever it has changed.
///
/// Each call may take as long as a command, and the watch runs until the client cancels it. Inline, where the application waits for
/// a command, the watch has the timeout of a command.
fn watch(call: &Call<'_>, interval: &Dynamic, function: &FnPtr, lines: usize) -> EvalResult<()> {
    let context = CallContext::of(call)?;
    let interval = duration(interval)?;
    if interval < MIN_WATCH_INTERVAL {
        return Err(ScriptError::new(format!(
            "cannot watch every {interval:?}: the minimum interval is {MIN_WATCH_INTERVAL:?}"
        ))
        .into());
    }
    until_ended(&context, || poll(call, &context, interval, function, lines))
}

fn poll(
    call: &Call<'_>,
    context: &CallContext,
    interval: Duration,
    function: &FnPtr,
    lines: usize,
) -> EvalResult<()> {
    let watchdog = &context.run.watchdog;
    let mut last: Option<String> = None;
    let mut left = lines;
    while left > 0 {
        if !context.program().inline {
            watchdog.extend(interval);
        }
        let value = function.call_raw(call, None, [])?;
        let text = Formatter::new(context).text(&value)?;
        context.missing_items.report(watchdog);
        if last.as_ref() != Some(&text) {
            context.run.print(&format!("{}  {text}\n", time_of_day()));
            last = Some(text);
            left -= 1;
        }
        if left > 0 && watchdog.sleep(interval).is_err() {
            return terminated();
        }
    }
    Ok(())
}

/// Returns the time of day in UTC, with milliseconds.
fn time_of_day() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}.{:03}", since.subsec_millis())
}
