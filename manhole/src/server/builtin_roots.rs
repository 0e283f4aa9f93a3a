//! The root that every console has: `manhole`, with what it contains.

use std::sync::Arc;

use super::console_view::ConsoleView;
#[cfg(feature = "tokio")]
use super::runtime_view::RuntimeView;
use crate::namespace::{ItemKind, NamespaceItem, Root};
use crate::process::{
    BuildInfo, Descriptors, PanicsView, ProcessView, Threads, list_descriptors, list_threads,
};
#[cfg(feature = "deadlock_detection")]
use crate::process::{Deadlock, NumberedMap, list_deadlocks};
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;
use crate::tasks::{TasksView, TreeSource};
#[cfg(feature = "tracing-subscriber")]
use crate::tracing_layer::{LogView, SpansView, log, spans};

/// What every process has.
struct BuiltinRoots {
    build: Arc<BuildInfo>,
    console: ConsoleView,
    hides_panics: bool,
    task_trees: Option<TreeSource>,
    #[cfg(feature = "tokio")]
    runtime: Option<RuntimeView>,
}

computed_fields!([] BuiltinRoots, "Builtins", "What every process has.", |this| {
    process: ProcessView = ProcessView { build: Arc::clone(&this.build) },
        "This process: memory, processor time, file descriptors.";
    threads: Reported<Threads> = list_threads(), "The threads of this process, by number.";
    descriptors: Reported<Descriptors> = list_descriptors(), "The file descriptors of this process, by number.";
    console: ConsoleView = this.console.clone(), "This console: its sessions and its memory.";
    panics: PanicsView = PanicsView { hides_messages: this.hides_panics }, "The panics of this process.";
    tasks: TasksView = TasksView { trees: this.task_trees.clone() }, "The tasks that the application has named by `manhole::task`.";
    #[cfg(feature = "deadlock_detection")]
    deadlocks: NumberedMap<Deadlock> = list_deadlocks(), "The deadlocks that `parking_lot` finds.";
    #[cfg(feature = "tokio")]
    runtime: Option<RuntimeView> = this.runtime.clone(), "The tokio runtime of the application.";
    #[cfg(feature = "tracing-subscriber")]
    spans: Reported<SpansView> = spans(), "The open spans of `tracing`, by number.";
}, live {
    #[cfg(feature = "tracing-subscriber")]
    log: Reported<LogView> = log(), "The last events of `tracing`, and which are recorded.";
});

/// Makes the root.
pub(super) fn root(
    build: BuildInfo,
    console: ConsoleView,
    hides_panics: bool,
    task_trees: Option<TreeSource>,
    #[cfg(feature = "tokio")] runtime: Option<RuntimeView>,
) -> Option<Root> {
    let NamespaceItem(kind) = NamespaceItem::root(BuiltinRoots {
        build: Arc::new(build),
        console,
        hides_panics,
        task_trees,
        #[cfg(feature = "tokio")]
        runtime,
    });
    match kind {
        ItemKind::Root(root) => Some(root),
        ItemKind::Function(_) => None,
    }
}
