//! The builtins that show values: `table`, `tree`, `json`, `dbg`, and `time` and `watch`, which run something to show.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, FuncRegistration, INT, Map, Module, NativeCallContext};

use crate::engine::live::handle::Handle;
use crate::engine::show::{deep_copy, format_result, json, table, tree};
use crate::engine::state::session_state::CallContext;
use crate::engine::value::convert;
use crate::engine::value::register::by_arity;
use crate::engine::value::script_error::ScriptError;
use crate::reflect::Manhole;

type Outcome<T = Dynamic> = Result<T, Box<EvalAltResult>>;
type Call<'a> = NativeCallContext<'a>;

/// Adds them.
pub(crate) fn bind(module: &mut Module) {
    add("table").set_into_module(module, |call: Call<'_>, value: Dynamic| {
        let context = CallContext::of(&call)?;
        let preview = format_result::preview(&value, &context, context.0.settings.budget(), 0)?;
        send(&context, &table::table(&preview))
    });
    add("tree").set_into_module(module, |call: Call<'_>, value: Dynamic| draw_tree(&call, &value, None));
    add("tree").set_into_module(module, |call: Call<'_>, value: Dynamic, depth: INT| {
        draw_tree(&call, &value, Some(depth))
    });
    add("json").set_into_module(module, |call: Call<'_>, value: Dynamic| {
        let context = CallContext::of(&call)?;
        send(&context, &(json::json(&deep_copy::copy(&value, &context)?, true) + "\n"))
    });
    bind_to_json(module);
    for arity in 1..=8 {
        by_arity!(arity, [], |call, args| debug(call, args), &mut *module, "dbg");
    }
    add("time").set_into_module(module, |call: Call<'_>, function: FnPtr| {
        let context = CallContext::of(&call)?;
        let start = Instant::now();
        let value = function.call_raw(&call, None, [])?;
        let took = start.elapsed();
        send(&context, &format!("took {took:.1?}\n"))?;
        Ok::<_, Box<EvalAltResult>>(value)
    });
    add("watch").set_into_module(module, |call: Call<'_>, interval: Dynamic, function: FnPtr| {
        watch(&call, &interval, &function, MOST_LINES)
    });
    add("watch").set_into_module(module, |call: Call<'_>, interval: Dynamic, function: FnPtr, lines: INT| {
        match usize::try_from(lines) {
            Ok(lines @ 1..=MOST_LINES) => watch(&call, &interval, &function, lines),
            _ => Err(ScriptError::new(format!("a watch shows 1 to {MOST_LINES} lines, not {lines}"))
                .at(call.call_position())),
        }
    });
}

fn add(name: &str) -> FuncRegistration {
    FuncRegistration::new(name).in_global_namespace()
}

/// The engine has one of its own for maps, which knows nothing of live values.
fn bind_to_json(module: &mut Module) {
    fn to_json(call: &Call<'_>, value: &Dynamic) -> Outcome<String> {
        let context = CallContext::of(call)?;
        let text = json::json(&deep_copy::copy(value, &context)?, false);
        if text.len() > crate::engine::run::limits::LONGEST_TEXT {
            return Err(ScriptError::new("the JSON would have more than 1 MiB; json(x) prints it")
                .at(call.call_position()));
        }
        Ok(text)
    }
    add("to_json").set_into_module(module, |call: Call<'_>, value: Dynamic| to_json(&call, &value));
    add("to_json").with_purity(true).set_into_module(module, |call: Call<'_>, value: &mut Map| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
    add("to_json").with_purity(true).set_into_module(module, |call: Call<'_>, value: &mut Array| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
    add("to_json").with_purity(true).set_into_module(module, |call: Call<'_>, value: &mut Handle| {
        to_json(&call, &Dynamic::from(value.clone()))
    });
}

/// A client that is gone stops the command at its next step.
fn send(context: &CallContext, text: &str) -> Outcome<()> {
    let _ = context.0.watchdog.write(text);
    Ok(())
}

fn draw_tree(call: &Call<'_>, value: &Dynamic, depth: Option<INT>) -> Outcome<()> {
    let context = CallContext::of(call)?;
    let mut budget = context.0.settings.budget();
    if let Some(depth) = depth {
        budget.depth = usize::try_from(depth).unwrap_or_default().min(budget.depth.max(32));
    }
    send(&context, &tree::tree(&format_result::preview(value, &context, budget, 0)?))
}

fn debug(call: &Call<'_>, args: &[Dynamic]) -> Outcome {
    let context = CallContext::of(call)?;
    for value in args {
        let text = format_result::show(value, &context, context.0.settings.budget())?;
        send(&context, &(text.unwrap_or_else(|| "()".to_owned()) + "\n"))?;
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
fn watch(call: &Call<'_>, interval: &Dynamic, function: &FnPtr, lines: usize) -> Outcome<()> {
    let context = CallContext::of(call)?;
    let fail = |fault: ScriptError| fault.at(call.call_position());
    let interval = span(interval).map_err(fail)?;
    if interval < SHORTEST {
        return Err(fail(ScriptError::new(format!("a watch looks every {SHORTEST:?} at most"))));
    }
    let watchdog = &context.0.watchdog;
    if watchdog.set_watching(!context.0.language.inline) {
        return Err(fail(ScriptError::new("there is no watch inside of a watch")));
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
) -> Outcome<()> {
    let watchdog = &context.0.watchdog;
    let mut shown: Option<String> = None;
    let mut left = lines;
    while left > 0 {
        if !context.0.language.inline {
            watchdog.extend(interval);
        }
        let value = function.call_raw(call, None, [])?;
        let text = format_result::show(&value, context, context.0.settings.budget())?;
        let text = text.unwrap_or_else(|| "()".to_owned());
        if shown.as_ref() != Some(&text) {
            send(context, &format!("{}  {text}\n", time_of_day()))?;
            shown = Some(text);
            left -= 1;
        }
        if left > 0 && watchdog.sleep(interval).is_err() {
            return Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, call.call_position()).into());
        }
    }
    Ok(())
}

/// The time of day in UTC, with milliseconds.
fn time_of_day() -> String {
    let now = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    now.get(11..23).unwrap_or_default().to_owned()
}

/// A span of time as a script writes it.
pub(crate) fn span(value: &Dynamic) -> Result<Duration, ScriptError> {
    let value = convert::to_value(value)?;
    let wrong =
        || ScriptError::new(format!("{value} is no time; write seconds, or a text such as \"500ms\""));
    match value.as_float() {
        Some(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong()),
        None => Duration::from_value(value.clone()).map_err(|_| wrong()),
    }
}
