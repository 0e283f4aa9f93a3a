//! What is printed until the client ends it.

use std::time::Duration;

use rhai::Dynamic;

use crate::engine::live::{Handle, PrintedLines};
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, terminated};
use crate::reflect::{Args, Lines};

/// The interval at which lines are looked for that are printed as they come.
const LINES_INTERVAL: Duration = Duration::from_millis(100);

/// Does `work` until the client ends it, as a success, or it ends by itself.
pub(crate) fn until_ended(context: &CallContext, work: impl FnOnce() -> EvalResult<()>) -> EvalResult<()> {
    let watchdog = &context.run.watchdog;
    if watchdog.set_watching(!context.program().inline) {
        return Err(ScriptError::new("cannot start a watch in a watch").into());
    }
    let result = work();
    // Any other end is no success.
    if watchdog.stopped().is_none() {
        watchdog.set_watching(false);
    }
    result
}

/// Prints lines as they come, until the client ends that or there are no more.
fn print_lines(context: &CallContext, lines: &dyn Lines) -> EvalResult<()> {
    let watchdog = &context.run.watchdog;
    while let Some(next) = lines.next() {
        if !context.program().inline {
            watchdog.extend(LINES_INTERVAL);
        }
        for line in next {
            context.run.print(&format!("{line}\n"));
        }
        if watchdog.sleep(LINES_INTERVAL).is_err() {
            return terminated();
        }
    }
    Ok(())
}

/// Calls a method of a live value. If it returns lines that come one by one, prints them.
pub(crate) fn call_method(
    context: &CallContext,
    this: &Handle,
    name: &str,
    args: &Args<'static>,
) -> EvalResult {
    let result = this.call(&context.run, name, args)?;
    if let Some(PrintedLines(lines)) = result.read_lock::<PrintedLines>().map(|lines| lines.clone()) {
        until_ended(context, || print_lines(context, &*lines))?;
        return Ok(Dynamic::UNIT);
    }
    Ok(result)
}
