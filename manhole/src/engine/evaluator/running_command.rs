//! What begins with each command and ends with it, whatever happened in between.

use std::time::Duration;

use crate::engine::state::{CallContext, OuterVariables, SessionSymbols};
use crate::reflect::{HeldLocks, author_code};

/// A command that is running. When it ends, it frees what it leaves behind, whatever happened before.
pub(super) struct RunningCommand {
    context: CallContext,
    is_collected: bool,
    is_over: bool,
}

impl RunningCommand {
    /// Starts the watchdog for a command, which may run for `timeout` if that is less than the session allows.
    pub(super) fn begin(context: &CallContext, timeout: Option<Duration>) -> Self {
        context.scripts.begin();
        context.gc.begin();
        context.missing_items.clear();
        context.forget_failed_calls();
        context.iterations.clear();
        author_code::begin_command(context.run.author_code);
        HeldLocks::record(&context.run.held_locks);
        context.run.watchdog.start(timeout);
        Self { context: context.clone(), is_collected: false, is_over: false }
    }

    /// Frees what the variables of closures no longer hold. An abandoned command leaves that to the next one.
    pub(super) fn collect_cycles(&mut self) {
        if !std::mem::replace(&mut self.is_collected, true) {
            // The symbols keep the values that they list.
            self.context.set_symbols(SessionSymbols::default());
            self.context.set_outer(OuterVariables::default());
            if !self.context.run.watchdog.is_abandoned() {
                self.context.gc.collect_cycles();
            }
        }
    }

    /// Ends the command. Returns whether it was abandoned.
    pub(super) fn end(mut self) -> bool {
        self.finish()
    }

    fn finish(&mut self) -> bool {
        self.collect_cycles();
        if std::mem::replace(&mut self.is_over, true) {
            return false;
        }
        self.context.run.watchdog.end_line();
        let was_abandoned = self.context.run.watchdog.finish();
        if was_abandoned {
            self.context.run.abandoned.returned();
        } else {
            self.context.gc.count_out();
        }
        was_abandoned
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        self.finish();
    }
}
