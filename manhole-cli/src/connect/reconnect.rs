//! Reconnects to an application that restarts, perhaps as another process on another socket.

use std::thread;
use std::time::{Duration, Instant};

use super::rpc_client::RpcClient;
use super::target::{LostTarget, ResolvedTarget};
use super::transport::ConnectOptions;
use super::wait::WaitOptions;
use crate::error::{CliError, CliErrorKind};

const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// An application whose connection has ended.
pub(crate) struct Reconnect {
    lost: LostTarget,
    options: ConnectOptions,
    /// The ID of the process that was connected.
    old_pid: u32,
}

/// A new session with the application.
pub(crate) struct Reconnected {
    pub(crate) client: RpcClient,
    pub(crate) target: ResolvedTarget,
    /// A line for the user.
    pub(crate) note: String,
}

impl Reconnect {
    /// Prepares to reconnect. Call it as soon as the connection to process `old_pid` has ended.
    pub(crate) fn new(target: &ResolvedTarget, options: &ConnectOptions, old_pid: u32) -> Self {
        Self { lost: target.lost(), options: options.clone(), old_pid }
    }

    /// Tries once.
    pub(crate) fn attempt(&self, wait: &WaitOptions<'_>) -> Result<Reconnected, CliError> {
        let target = self.lost.find()?;
        let client = RpcClient::connect(&target, &self.options, wait)?;
        let pid = client.info.pid;
        let which = if pid == self.old_pid { "the same process" } else { "a new process" };
        Ok(Reconnected { note: format!("reconnected to {which}, {pid}"), client, target })
    }

    /// Retries until the application is back. Calls `tick` after each attempt. Returns `None` if the wait expires.
    pub(crate) fn wait(&self, wait: &WaitOptions<'_>, mut tick: impl FnMut()) -> Option<Reconnected> {
        loop {
            match self.attempt(wait) {
                Ok(reconnected) => return Some(reconnected),
                Err(error)
                    if matches!(error.kind(), CliErrorKind::Interrupted | CliErrorKind::BrokenPipe) =>
                {
                    return None;
                }
                Err(_) => tick(),
            }
            thread::sleep(RETRY_INTERVAL);
            if wait.expired(Instant::now()).is_some() {
                return None;
            }
        }
    }
}
