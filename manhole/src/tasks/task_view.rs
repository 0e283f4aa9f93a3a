//! The root `tasks`.

use std::sync::Arc;
use std::time::Duration;

use super::record::{State, TASKS, TaskRecord};
use super::trees::TreeSource;
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{
    Args, CallError, CallOutput, Level, Manhole, Map, MethodInfo, ParamInfo, Resume, TypeInfo, TypeKind,
    Value, ValueRef, argument, expect_args, finish, listing_methods,
};

/// The tasks that the application has named.
pub(crate) struct TasksView {
    /// The trees of a library that the application uses.
    pub(crate) trees: Option<TreeSource>,
}

const METHODS: &[MethodInfo] = &[
    MethodInfo::new(
        "trees",
        "The trees of tasks that the application passes by `Builder::task_trees`.",
        &[],
        "Vec<Vec<String>>",
    )
    .from_level(Level::Observe),
    MethodInfo::new(
        "trees_of",
        "Those of the trees that contain a text, such as the name of a function.",
        const { &[ParamInfo::new("text", "String")] },
        "Vec<Vec<String>>",
    )
    .from_level(Level::Observe),
];

/// One of them.
struct TaskView(Arc<TaskRecord>);

computed_fields!([] TaskView, "Task", "A task that the application has named.", |this| {
    name: String = this.0.name.clone(), "The name that the application gave it.";
    id: u64 = this.0.id, "Its number, which no other task has had. With it after the name, as in `tasks[\"refill#17\"]`, a key means this task only.";
    state: &'static str = this.state(),
        "What it does: `running`; `idle`, until something wakes it; `woken`, and not yet polled by its executor.";
    state_for: Duration = this.0.state().1, "For how long it has done that.";
    age: Duration = this.0.age(), "The time since it was made.";
    busy: Duration = this.0.busy(), "How long all its polls took.";
    longest_poll: Duration = this.0.longest_poll(), "How long the longest of its polls took.";
    polls: u64 = this.0.polls(), "How often it was polled.";
    wakes: u64 = this.0.wakes(), "How often it was woken.";
    is_aborted: bool = this.0.is_aborted(), "Whether it ends at its next poll, since `abort` was called.";
    place: String = this.0.place.to_string(), "The file, line and column of the call of `manhole::task`.";
}, {
    abort() = this.abort(), "Ends the task: drops its future at the next poll, which begins at once unless it runs.";
});

impl TaskView {
    fn state(&self) -> &'static str {
        match self.0.state().0 {
            State::Idle => "idle",
            State::Woken => "woken",
            State::Running | State::RunningWoken => "running",
        }
    }

    fn abort(&self) -> Result<(), String> {
        if self.0.abort() { Ok(()) } else { Err("the task has ended already".to_owned()) }
    }
}

impl Manhole for TasksView {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("Tasks", TypeKind::Map(String::type_info, TaskView::type_info))
                .with_methods(METHODS)
        }
    }

    listing_methods!(Manhole);

    fn call(&self, index: usize, mut args: Args<'_>) -> Result<CallOutput, CallError> {
        let text = match index {
            0 => {
                expect_args(&args, 0)?;
                String::new()
            }
            1 => {
                expect_args(&args, 1)?;
                argument(&mut args, 0)?
            }
            _ => return Err(CallError::NoMethod),
        };
        let no_trees = || "no library passes any; see `Builder::task_trees`".to_owned();
        finish(self.trees.as_ref().map(|trees| trees.lines(&text)).ok_or_else(no_trees))
    }
}

impl Map for TasksView {
    fn len(&self) -> usize {
        TASKS.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let found = TASKS.get(key).or_else(|| {
            let Value::Text(key) = key else { return None };
            let (key, id) = key.rsplit_once('#')?;
            let id: u64 = id.parse().ok()?;
            TASKS.get(&Value::from(key)).filter(|task| task.id == id)
        });
        found.map(|task| ValueRef::owned(TaskView(task)))
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        TASKS.entries_from(place, &mut |name, task| visit(name, &TaskView(task)));
    }
}
