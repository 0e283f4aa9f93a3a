//! Builtins that print: `table`, `tree`, `json`, `dbg`, and `time` and `watch`, which call a function.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Dynamic, FnPtr, INT, Map, Module, NativeCallContext};

use super::times::duration;
use crate::engine::live::Handle;
use crate::engine::show::{Formatter, Json, deep_copy, table, tree};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, by_arity, register, terminated};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(crate) fn bind(module: &mut Module) {
    register(module, "table", |call: Call<'_>, value: Dynamic| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        let preview = Formatter::new(&context).preview(&value)?;
        context.run.print(&table::table(&preview));
        Ok(())
    });
    register(module, "tree", |call: Call<'_>, value: Dynamic| draw_tree(&call, &value, None));
    register(module, "tree", |call: Call<'_>, value: Dynamic, depth: INT| {
        draw_tree(&call, &value, Some(depth))
    });
    register(module, "json", |call: Call<'_>, value: Dynamic| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        let value = deep_copy::copy(&value, &context)?;
        let text = serde_json::to_string_pretty(&Json(&value)).map_err(|error| error.to_string())?;
        context.run.print(&(text + "\n"));
        Ok(())
    });
    bind_to_json(module);
    for arity in 1..=8 {
        by_arity!(arity, [], |call, args| debug(call, args), &mut *module, "dbg");
    }
    register(module, "time", |call: Call<'_>, function: FnPtr| -> EvalResult {
        let context = CallContext::of(&call)?;
        let start = Instant::now();
        let value = function.call_raw(&call, None, [])?;
        let took = start.elapsed();
        context.run.print(&format!("took {took:.1?}\n"));
        Ok(value)
    });
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

/// Adds `to_json` for all types. It replaces the engine's, which is for maps and does not know live values.
fn bind_to_json(module: &mut Module) {
    fn to_json(call: &Call<'_>, value: &Dynamic) -> EvalResult<String> {
        let context = CallContext::of(call)?;
        let value = deep_copy::copy(value, &context)?;
        let text = serde_json::to_string(&Json(&value)).map_err(|error| error.to_string())?;
        if text.len() > crate::engine::run::limits::MAX_TEXT_BYTES {
            return Err(ScriptError::new("cannot make the JSON: it is longer than 1 MiB").into());
        }
        Ok(text)
    }
    register(module, "to_json", |call: Call<'_>, value: Dynamic| to_json(&call, &value));
    register(module, "to_json", |call: Call<'_>, value: &mut Map| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
    register(module, "to_json", |call: Call<'_>, value: &mut Array| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
    register(module, "to_json", |call: Call<'_>, value: &mut Handle| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
}

fn draw_tree(call: &Call<'_>, value: &Dynamic, depth: Option<INT>) -> EvalResult<()> {
    let context = CallContext::of(call)?;
    let mut limits = context.run.limits.preview_limits();
    if let Some(depth) = depth {
        limits.depth = usize::try_from(depth).unwrap_or_default().min(limits.depth.max(32));
    }
    context.run.print(&tree::tree(&Formatter::with_limits(&context, limits).preview(value)?));
    Ok(())
}

fn debug(call: &Call<'_>, args: &[Dynamic]) -> EvalResult {
    let context = CallContext::of(call)?;
    for value in args {
        context.run.print(&(Formatter::new(&context).text(value)? + "\n"));
    }
    Ok(args.last().cloned().unwrap_or_default())
}

/// The maximum number of lines of a watch.
const MAX_WATCH_LINES: usize = 10_000;

/// The minimum interval of a watch.
const MIN_WATCH_INTERVAL: Duration = Duration::from_millis(10);

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
    let watchdog = &context.run.watchdog;
    if watchdog.set_watching(!context.program.inline) {
        return Err(ScriptError::new("cannot start a watch in a watch").into());
    }
    let result = poll(call, &context, interval, function, lines);
    // A watch that the client ends is a success; any other end is not.
    if watchdog.stopped().is_none() {
        watchdog.set_watching(false);
    }
    result
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
        if !context.program.inline {
            watchdog.extend(interval);
        }
        let value = function.call_raw(call, None, [])?;
        let text = Formatter::new(context).text(&value)?;
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
    let now = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    now.get(11..23).unwrap_or_default().to_owned()
}
