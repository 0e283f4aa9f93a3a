//! Going back to a program that has gone: it may come back as another process, at another socket.

use std::thread;
use std::time::{Duration, Instant};

use super::rpc_client::RpcClient;
use super::target::{LostTarget, ResolvedTarget};
use super::transport::ConnectOptions;
use super::wait::WaitOptions;
use crate::error::{CliError, CliErrorKind};

/// How often it is looked whether it is back.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// A program that has gone.
pub(crate) struct Reconnect {
    lost: LostTarget,
    options: ConnectOptions,
    /// Its process.
    old: u32,
}

/// A program that is back.
pub(crate) struct Reconnected {
    pub(crate) client: RpcClient,
    pub(crate) found: ResolvedTarget,
    /// What there is to say of it.
    pub(crate) note: String,
}

impl Reconnect {
    /// The program that was `found`, in the process `old`, has gone just now.
    pub(crate) fn of(found: &ResolvedTarget, options: &ConnectOptions, old: u32) -> Self {
        Self { lost: found.lost(), options: options.clone(), old }
    }

    /// Looks once whether it is back.
    fn attempt(&self, wait: &WaitOptions<'_>) -> Result<Reconnected, CliError> {
        let found = self.lost.find()?;
        let client = RpcClient::connect(&found, &self.options, wait)?;
        let pid = client.info.pid;
        let what = if pid == self.old { "the same process" } else { "a new process" };
        Ok(Reconnected { note: format!("connected again, to {what}, {pid}"), client, found })
    }

    /// Waits until it is back, for as long as there is patience, and says every now and then that it waits.
    pub(crate) fn wait(&self, wait: &WaitOptions<'_>, mut tick: impl FnMut()) -> Option<Reconnected> {
        loop {
            match self.attempt(wait) {
                Ok(back) => return Some(back),
                Err(error) if error.kind() == CliErrorKind::Interrupted => return None,
                Err(_) => tick(),
            }
            thread::sleep(RETRY_INTERVAL);
            if wait.expired(Instant::now()).is_some() {
                return None;
            }
        }
    }
}
