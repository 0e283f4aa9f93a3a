//! The configuration of sessions.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use super::audit::Audit;
use super::banner::Banner;
use super::client_connection::NullClient;
use crate::engine::{
    CheckOutcome, CommandResult, EngineTemplate, Evaluator, Limits, SessionLevel, SessionOptions,
    SharedVariables,
};
use crate::reflect::Level;

/// The configuration of all sessions of a server.
#[derive(Clone)]
pub(crate) struct SessionConfig {
    pub(crate) banner: Banner,
    pub(crate) prompt: Cow<'static, str>,
    pub(crate) continuation: Cow<'static, str>,
    pub(crate) limits: Limits,
    pub(crate) ceiling: Limits,
    pub(crate) shared: Option<Arc<SharedVariables>>,
    /// The script that runs before the first prompt.
    pub(crate) startup: Option<Cow<'static, str>>,
    pub(crate) audit: Audit,
    /// When the console was configured.
    pub(crate) started: Instant,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            banner: Banner::default(),
            prompt: Cow::Borrowed(">>> "),
            continuation: Cow::Borrowed("... "),
            limits: Limits::default(),
            ceiling: Limits::ceiling(),
            shared: None,
            startup: None,
            audit: Audit::default(),
            started: Instant::now(),
        }
    }
}

/// Checks whether `script` is a whole command that compiles; the error is the diagnostic.
pub(crate) fn check(template: &Arc<EngineTemplate>, script: &str) -> Result<(), String> {
    let SessionConfig { limits, ceiling, .. } = SessionConfig::default();
    let (client, level) = (Arc::new(NullClient), SessionLevel::new(Level::Observe));
    let changes = Arc::clone(&client) as Arc<_>;
    let options = SessionOptions { limits: &limits, ceiling: &ceiling, client, level, changes, shared: None };
    match Evaluator::new(template, options).check(script) {
        CommandResult::Done(CheckOutcome::Incomplete(error) | CheckOutcome::Invalid(error)) => {
            Err(error.to_string())
        }
        CommandResult::Stopped(stop, _) => Err(stop.to_string()),
        _ => Ok(()),
    }
}
