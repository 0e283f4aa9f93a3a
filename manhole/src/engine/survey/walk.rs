//! The walk of a survey over roots or one value, and the report on what it has left out.

use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::live::{Handle, NotVisited, VisitStart};
use crate::engine::query::max_copy_time;
use crate::engine::run::{Limit, StopReason};
use crate::engine::show::Formatter;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult};
use crate::reflect::{Collector, Continuation, LockUses, Reason, Survey, Value, thousands};

/// The shortest wait for a lock or owner, when others have used up the time for waits.
const MIN_WAIT: Duration = Duration::from_millis(2);
/// How many places that were left out are named in a note.
const MAX_NAMED_GAPS: usize = 3;
/// How many places of each kind that were left out are listed.
const MAX_LISTED_GAPS: usize = 256;

/// A collector for several roots.
pub(super) trait RootCollector: Collector {
    /// Begins with another root, at `root` or the path of it.
    fn begin(&mut self, root: &Handle);
}

/// A survey that has ended.
pub(super) struct Surveyed<C> {
    pub(super) collector: C,
    end: End,
    gaps: Gaps,
    passed: usize,
    took: Duration,
}

/// Why a survey has ended.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Complete,
    /// It has found as much as it may.
    Full,
    OutOfTime,
    Stopped,
}

/// What a survey could not look into.
#[derive(Default)]
struct Gaps {
    /// The paths of locks that another thread holds, and who uses them.
    locked: Vec<(String, Option<LockUses>)>,
    /// The paths of values whose owners do not serve the console.
    not_served: Vec<String>,
    /// Other reasons.
    others: Vec<String>,
    /// The number of places beyond those.
    unlisted: usize,
}

impl Gaps {
    fn add(&mut self, reason: NotVisited) {
        let is_listed = match reason {
            NotVisited::Absent | NotVisited::Stopped => true,
            NotVisited::Locked(path, uses) => add(&mut self.locked, (path, uses), |of| &of.0),
            NotVisited::NotServed(path) => add(&mut self.not_served, path, |of| of),
            NotVisited::Panicked(message) => add(&mut self.others, message, |of| of),
        };
        self.unlisted += usize::from(!is_listed);
    }

    fn len(&self) -> usize {
        self.locked.len() + self.not_served.len() + self.others.len() + self.unlisted
    }

    fn text(&self) -> String {
        let locked = self.locked.iter().map(|(path, _)| format!("{path} is locked"));
        let not_served =
            self.not_served.iter().map(|path| format!("the owner of {path} does not serve the console"));
        let all = locked.chain(not_served).chain(self.others.iter().cloned());
        let named: Vec<_> = all.take(MAX_NAMED_GAPS).collect();
        let more = self.len() - named.len();
        let more = if more > 0 { format!(", and {} more", thousands(more)) } else { String::new() };
        format!("not all was visited: {}{more}", named.join(", "))
    }
}

/// What a survey visits, and how.
pub(super) struct Scope {
    /// The place, as it is shown: that of the value, or nothing for all roots.
    pub(super) place: String,
    values: Vec<Handle>,
}

impl Scope {
    /// Returns all roots of the application that the session may see, in their order.
    pub(super) fn roots(context: &CallContext) -> Self {
        let program = context.program();
        let level = context.run.level();
        let roots = program.root_infos().filter(|root| root.level <= level);
        let values = roots.filter_map(|root| program.root(root.name).cloned()).collect();
        Self { place: String::new(), values }
    }

    /// Returns the value of the application that a script has passed to the function `name`.
    pub(super) fn of(context: &CallContext, name: &str, value: &Dynamic) -> EvalResult<Self> {
        let Some(handle) = value.read_lock::<Handle>().map(|handle| handle.clone()) else {
            let message = format!("{name} takes a value of the application with fields or items");
            return Err(ScriptError::new(message)
                .with_help(format!("{name} without it takes all roots"))
                .into());
        };
        handle.read(&context.run, |_| ())?;
        Ok(Self { place: handle.location(), values: vec![handle] })
    }
}

/// Visits everything in `scope`, with `collector`. Waits for locks and owners for `max_wait` in all.
pub(super) fn survey<C: RootCollector>(
    context: &CallContext,
    scope: &Scope,
    collector: C,
    max_wait: Duration,
) -> EvalResult<Surveyed<C>> {
    let run = &context.run;
    let start = Instant::now();
    // The rest of the time is for the result.
    let ends = start + run.watchdog.time_left() * 3 / 4;
    let mut slot = Slot::new(Survey::new(collector, run.level(), max_copy_time));
    let (mut gaps, mut end, mut wait_left) = (Gaps::default(), End::Complete, max_wait);
    'values: for value in &scope.values {
        slot.with(|survey| {
            survey.collector.begin(value);
            survey.left.push(Continuation::begin(value.path().clone()));
        })?;
        while let Some(place) = slot.with(Survey::next_place)? {
            end = if run.watchdog.tick().is_err() || run.check_panics().is_err() {
                End::Stopped
            } else if slot.with(|survey| survey.collector.is_full())? {
                End::Full
            } else if Instant::now() >= ends {
                End::OutOfTime
            } else {
                End::Complete
            };
            if end != End::Complete {
                break 'values;
            }
            let from = if place.reason == Reason::Beginning && place.path.is_empty() {
                VisitStart::Root
            } else {
                VisitStart::Value
            };
            let (handle, visited) = (value.at(place.path.clone()), slot.clone());
            let began = Instant::now();
            let visit = handle.visit(run, wait_left.max(MIN_WAIT), from, move |found| {
                // Without a survey this is the visit of an owner that comes too late.
                let _ = visited.with(|survey| survey.run(&place, found));
            });
            match visit {
                Ok(()) => {}
                Err(NotVisited::Stopped) => {
                    end = End::Stopped;
                    break 'values;
                }
                Err(reason) => {
                    wait_left = wait_left.saturating_sub(began.elapsed());
                    gaps.add(reason);
                }
            }
        }
    }
    if end == End::Complete && run.watchdog.check().is_err() {
        end = End::Stopped;
    }
    let Survey { passed, mut collector, open, has_gaps, .. } = slot.take()?;
    for _ in 0..open {
        collector.close();
    }
    if has_gaps {
        gaps.add(NotVisited::Panicked("some values that no path leads to".to_owned()));
    }
    Ok(Surveyed { collector, end, gaps, passed, took: start.elapsed() })
}

/// A survey that owners of values work on too.
struct Slot<C>(Arc<Mutex<Option<Survey<C>>>>);

impl<C> Clone for Slot<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Slot<C> {
    fn new(survey: Survey<C>) -> Self {
        Self(Arc::new(Mutex::new(Some(survey))))
    }

    /// Calls `work` with the survey. Does not wait for an owner, which may still work on the survey of a command that was stopped.
    fn with<R>(&self, work: impl FnOnce(&mut Survey<C>) -> R) -> ScriptResult<R> {
        let mut slot = match self.0.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(slot)) => slot.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(Self::in_use()),
        };
        slot.as_mut().map(work).ok_or_else(Self::in_use)
    }

    fn take(&mut self) -> ScriptResult<Survey<C>> {
        match self.0.try_lock() {
            Ok(mut slot) => slot.take(),
            Err(TryLockError::Poisoned(slot)) => slot.into_inner().take(),
            Err(TryLockError::WouldBlock) => None,
        }
        .ok_or_else(Self::in_use)
    }

    fn in_use() -> ScriptError {
        ScriptError::new("stopped while the owner of a value was serving the console")
    }
}

/// Adds what has another text than all before. Returns whether it is listed.
fn add<T>(list: &mut Vec<T>, new: T, text: impl Fn(&T) -> &String) -> bool {
    let is_known = list.iter().any(|known| text(known) == text(&new));
    if !is_known && list.len() < MAX_LISTED_GAPS {
        list.push(new);
        return true;
    }
    is_known
}

/// The time for which a survey waits for locks and owners.
pub(super) fn max_wait(context: &CallContext) -> Duration {
    context.run.limits.time(Limit::LockWait)
}

impl<C> Surveyed<C> {
    /// Returns whether everything was visited.
    pub(super) fn is_complete(&self) -> bool {
        self.end == End::Complete && self.gaps.len() == 0
    }

    /// Takes the paths of locks that are held, and of values whose owners do not serve the console. No note reports them then.
    pub(super) fn take_held(&mut self) -> (Vec<(String, Option<LockUses>)>, Vec<String>) {
        (std::mem::take(&mut self.gaps.locked), std::mem::take(&mut self.gaps.not_served))
    }

    /// Returns `result` with notes on what was left out. If the command was stopped, prints it and returns an error.
    pub(super) fn finish(&self, context: &CallContext, result: Dynamic, is_empty: bool) -> EvalResult {
        let watchdog = &context.run.watchdog;
        let passed = thousands(self.passed);
        match self.end {
            End::Complete => {}
            End::Full => watchdog.send_note(&format!("there may be more: it ended after {passed} values")),
            End::OutOfTime => watchdog.send_note(&format!(
                "it ended after {} and {passed} values, before it had seen all; set(\"timeout\", \"1m\") gives it more time",
                Value::Duration(Duration::from_millis(u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX))),
            )),
            End::Stopped => {
                let stop = watchdog.stopped().unwrap_or(StopReason::Cancelled);
                if stop.is_early() && !is_empty {
                    let text = Formatter::new(context).text(&result)?;
                    context.run.print(&format!("{text}\n… stopped here\n"));
                }
                watchdog.set_progress(format!("it stopped after {passed} values"));
                return Err(ScriptError::from(stop).into());
            }
        }
        if self.gaps.len() > 0 {
            watchdog.send_note(&self.gaps.text());
        }
        Ok(result)
    }
}
