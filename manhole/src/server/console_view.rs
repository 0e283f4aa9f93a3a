//! The console itself: the root `console`.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, SystemTime};

use super::admit::Admission;
use crate::engine::EngineTemplate;
use crate::process::{Numbered, NumberedMap, cpu_time_of_console, share_of_console};
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Reported, Value, placeholder};
use crate::session::{LastChange, SessionInfo};

/// The console. Its parts are set when they exist: the root that shows it is one of them.
#[derive(Clone, Default)]
pub(super) struct ConsoleView(Arc<OnceLock<Parts>>);

struct Parts {
    admission: Admission,
    engine: Weak<EngineTemplate>,
}

computed_fields!([] ConsoleView, "Console", "This console, and who uses it.", |this| {
    sessions: NumberedMap<SessionView> = this.sessions(), "The open sessions, by number.";
    changes: NumberedMap<ChangeView> = this.changes(),
        "What sessions have changed and called last, by number: 100 at most, and 16 of a command.", Operate;
    max_sessions: Reported<usize> = this.with(|parts| Some(parts.admission.limits.sessions)),
        "How many sessions there may be.";
    cpu: Reported<f64> = share_of_console(),
        "The share of a processor that the console's own threads used over the last seconds: 1 is a whole one.";
    cpu_time: Reported<Duration> = cpu_time_of_console(), "The processor time that they have used, also those that have ended.";
    memory: Reported<u64> = this.with(|parts| Some(parts.engine.upgrade()?.memory().1)),
        "The bytes that all sessions used when a command was last checked.";
    max_memory: Reported<usize> = this.with(|parts| Some(parts.engine.upgrade()?.memory().0)),
        "The bytes that all sessions may use together.";
    abandoned_commands: Reported<usize> = this.with(|parts| Some(parts.engine.upgrade()?.abandoned_commands())),
        "The commands that do not return from the application's code; each keeps a thread.";
});

impl ConsoleView {
    pub(super) fn set(&self, admission: &Admission, engine: &Arc<EngineTemplate>) {
        // It is set once.
        let _ = self.0.set(Parts { admission: admission.clone(), engine: Arc::downgrade(engine) });
    }

    fn with<T>(&self, read: impl FnOnce(&Parts) -> Option<T>) -> Reported<T> {
        self.0.get().and_then(read).map_or(Reported::unknown("is not open"), Reported::from)
    }

    fn changes(&self) -> NumberedMap<ChangeView> {
        let changes = self.0.get().into_iter().flat_map(|parts| parts.admission.audit.changes().all());
        changes.map(ChangeView).collect()
    }

    fn sessions(&self) -> NumberedMap<SessionView> {
        let sessions = self.0.get().into_iter().flat_map(|parts| {
            let sessions = parts.admission.limiter.open_sessions().into_iter();
            sessions.map(|info| SessionView { info, console: self.clone() })
        });
        sessions.collect()
    }
}

/// A change or a call.
struct ChangeView(LastChange);

computed_fields!([] ChangeView, "Change", "What a session has changed or called.", |this| {
    time: SystemTime = this.0.at, "When.";
    session: u64 = this.0.session, "The number of the session.";
    user: Option<String> = this.0.user.clone(), "The name or number of its user.";
    level: &'static str = this.0.level.name(), "The level at which it did that.";
    path: String = this.0.path.clone(), "The path of the value, or that of the method or function.";
    change: String = this.0.kind.to_string(), "What it did: `write`, `push`, `call`, and others.";
    values: Vec<String> = this.0.values.iter().map(text).collect(), "The new values, or the arguments.";
});

impl Numbered for ChangeView {
    const MAP_NAME: &'static str = "Changes";

    fn number(&self) -> u64 {
        self.0.number
    }
}

fn text(value: &Value<'_>) -> String {
    match value {
        Value::Placeholder(why) => placeholder::text(why),
        other => other.to_string(),
    }
}

/// An open session.
struct SessionView {
    info: SessionInfo,
    console: ConsoleView,
}

computed_fields!([] SessionView, "Session", "A session of this console.", |this| {
    user: Option<String> = this.user(), "The name or number of the user.";
    pid: Option<u32> = this.info.peer().pid, "The process of the client.";
    program: Option<String> = this.info.peer().command.clone(), "The name of that process.";
    client: Option<String> = this.info.client().map(str::to_owned), "What the client says it is: a program with its version.";
    address: Option<SocketAddr> = this.info.peer().address, "The address of the client, over TCP.";
    level: &'static str = this.info.session_level().level().name(), "The access level.";
    age: Duration = this.info.age(), "How long it has been open.";
    commands: u64 = this.info.commands(), "How many commands have ended.";
    running: Option<RunningView> = this.running(), "The command that runs.", Operate;
}, {
    end() = this.end(), "Ends the session, with a message to its client.", Admin;
});

/// A command that runs.
struct RunningView {
    text: String,
    runs_for: Duration,
}

computed_fields!([] RunningView, "RunningCommand", "A command that runs.", |this| {
    text: String = this.text.clone(), "Its text; of a long one the beginning and the end.";
    runs_for: Duration = this.runs_for, "How long it has run.";
});

impl Numbered for SessionView {
    const MAP_NAME: &'static str = "Sessions";

    fn number(&self) -> u64 {
        self.info.session()
    }
}

impl SessionView {
    fn user(&self) -> Option<String> {
        self.info.peer().user_name()
    }

    fn running(&self) -> Option<RunningView> {
        let (text, runs_for) = self.info.running_command()?;
        let engine = self.console.0.get()?.engine.upgrade()?;
        let is_secret = engine.mentions_secret(&text);
        let text = if is_secret { "not shown, since it mentions a secret".to_owned() } else { text };
        Some(RunningView { text, runs_for })
    }

    fn end(&self) -> Result<(), String> {
        let parts = self.console.0.get();
        let was_open = parts.is_some_and(|parts| {
            parts.admission.limiter.end_session(self.info.session(), "ended by an administrator")
        });
        if was_open { Ok(()) } else { Err("the session has ended already".to_owned()) }
    }
}
