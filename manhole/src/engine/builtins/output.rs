//! The builtins that show values: `table`, `tree`, `json`, `dbg`, and `time` and `watch`, which run something to show.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Dynamic, FnPtr, INT, Map, Module, NativeCallContext};

use super::times::span;
use crate::engine::live::Handle;
use crate::engine::show::{Formatter, deep_copy, json, table, tree};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, by_arity, register, terminated};

type Call<'a> = NativeCallContext<'a>;

/// Adds them.
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
        context.run.print(&(json::pretty(&deep_copy::copy(&value, &context)?) + "\n"));
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
        watch(&call, &interval, &function, MOST_LINES)
    });
    register(module, "watch", |call: Call<'_>, interval: Dynamic, function: FnPtr, lines: INT| {
        match usize::try_from(lines) {
            Ok(lines @ 1..=MOST_LINES) => watch(&call, &interval, &function, lines),
            _ => Err(ScriptError::new(format!("a watch shows 1 to {MOST_LINES} lines, not {lines}")).into()),
        }
    });
}

/// The engine has one of its own for maps, which knows nothing of live values.
fn bind_to_json(module: &mut Module) {
    fn to_json(call: &Call<'_>, value: &Dynamic) -> EvalResult<String> {
        let context = CallContext::of(call)?;
        let text = json::compact(&deep_copy::copy(value, &context)?);
        if text.len() > crate::engine::run::limits::LONGEST_TEXT {
            return Err(ScriptError::new("the JSON would have more than 1 MiB; json(x) prints it").into());
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

/// How many lines one watch may show.
const MOST_LINES: usize = 10_000;

/// The shortest time between two looks.
const SHORTEST: Duration = Duration::from_millis(10);

/// Shows what `function` gives whenever that has changed.
///
/// Each look may take as long as a command, and the watch goes on until the client ends it, as long as that keeps nobody but the
/// client waiting.
fn watch(call: &Call<'_>, interval: &Dynamic, function: &FnPtr, lines: usize) -> EvalResult<()> {
    let context = CallContext::of(call)?;
    let interval = span(interval)?;
    if interval < SHORTEST {
        return Err(ScriptError::new(format!("a watch looks every {SHORTEST:?} at most")).into());
    }
    let watchdog = &context.run.watchdog;
    if watchdog.set_watching(!context.program.inline) {
        return Err(ScriptError::new("there is no watch inside of a watch").into());
    }
    let result = look_again_and_again(call, &context, interval, function, lines);
    // Only what ends a watch from outside is the end that it was meant to have.
    if watchdog.stopped().is_none() {
        watchdog.set_watching(false);
    }
    result
}

fn look_again_and_again(
    call: &Call<'_>,
    context: &CallContext,
    interval: Duration,
    function: &FnPtr,
    lines: usize,
) -> EvalResult<()> {
    let watchdog = &context.run.watchdog;
    let mut shown: Option<String> = None;
    let mut left = lines;
    while left > 0 {
        if !context.program.inline {
            watchdog.extend(interval);
        }
        let value = function.call_raw(call, None, [])?;
        let text = Formatter::new(context).text(&value)?;
        if shown.as_ref() != Some(&text) {
            context.run.print(&format!("{}  {text}\n", time_of_day()));
            shown = Some(text);
            left -= 1;
        }
        if left > 0 && watchdog.sleep(interval).is_err() {
            return terminated();
        }
    }
    Ok(())
}

/// The time of day in UTC, with milliseconds.
fn time_of_day() -> String {
    let now = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    now.get(11..23).unwrap_or_default().to_owned()
}
