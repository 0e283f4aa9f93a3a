//! Reconnects to an application that restarts, perhaps as another process on another socket.

use std::time::{Duration, Instant};
use std::{io, thread};

use super::options::ConnectOptions;
use super::rpc_client::RpcClient;
use super::target::{LostTarget, ResolvedTarget};
use super::wait::WaitOptions;
use crate::error::{Cause, Error, ErrorKind};

const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// An application whose connection has ended.
pub struct Reconnect {
    lost: LostTarget,
    options: ConnectOptions,
    /// The ID of the process that was connected.
    old_pid: u32,
}

/// A new session with the application.
pub struct Reconnected {
    /// The session.
    pub client: RpcClient,
    /// Its target.
    pub target: ResolvedTarget,
    /// A line for the user.
    pub note: String,
}

impl Reconnect {
    /// Prepares to reconnect. Call it as soon as the connection to process `old_pid` has ended.
    pub fn new(target: &ResolvedTarget, options: &ConnectOptions, old_pid: u32) -> Self {
        Self { lost: target.lost(), options: options.clone(), old_pid }
    }

    /// Tries once.
    pub fn attempt(&self, wait: &WaitOptions<'_>) -> Result<Reconnected, Error> {
        let target = self.lost.find()?;
        let client = RpcClient::connect(&target, &self.options, wait)?;
        let pid = client.info.pid;
        let which = if pid == self.old_pid { "the same process" } else { "a new process" };
        Ok(Reconnected { note: format!("reconnected to {which}, {pid}"), client, target })
    }

    /// Retries until the application is back. Calls `tick` after each attempt. Returns `None` if the wait expires.
    pub fn wait(&self, wait: &WaitOptions<'_>, mut tick: impl FnMut()) -> Option<Reconnected> {
        loop {
            match self.attempt(wait) {
                Ok(reconnected) => return Some(reconnected),
                // The wait has ended.
                Err(error)
                    if error.kind() == ErrorKind::Cancelled
                        || matches!(error.cause(), Cause::Io(error) if error.kind() == io::ErrorKind::BrokenPipe) =>
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
