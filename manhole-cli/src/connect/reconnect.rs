//! Going back to a program that has gone: it may come back as another process, at another socket.

use std::thread;
use std::time::{Duration, Instant};

use super::rpc_client::Client;
use super::target::{Found, Missing};
use super::transport::Way;
use super::wait::Patience;
use crate::error::{Failure, FailureKind};

/// How often it is looked whether it is back.
const RETRY: Duration = Duration::from_millis(250);

/// A program that has gone.
pub(crate) struct Comeback {
    missing: Missing,
    way: Way,
    /// Its process.
    old: u32,
}

/// A program that is back.
pub(crate) struct Back {
    pub(crate) client: Client,
    pub(crate) found: Found,
    /// What there is to say of it.
    pub(crate) note: String,
}

impl Comeback {
    /// The program that was `found`, in the process `old`, has gone just now.
    pub(crate) fn of(found: &Found, way: &Way, old: u32) -> Self {
        Self { missing: found.missing(), way: way.clone(), old }
    }

    /// Looks once whether it is back.
    fn attempt(&self, patience: &Patience<'_>) -> Result<Back, Failure> {
        let found = self.missing.find()?;
        let client = Client::connect(&found, &self.way, patience)?;
        let pid = client.information.pid;
        let what = if pid == self.old { "the same process" } else { "a new process" };
        Ok(Back { note: format!("connected again, to {what}, {pid}"), client, found })
    }

    /// Waits until it is back, for as long as there is patience, and says every now and then that it waits.
    pub(crate) fn wait(&self, patience: &Patience<'_>, mut tick: impl FnMut()) -> Option<Back> {
        loop {
            match self.attempt(patience) {
                Ok(back) => return Some(back),
                Err(failure) if failure.kind() == FailureKind::Interrupted => return None,
                Err(_) => tick(),
            }
            thread::sleep(RETRY);
            if patience.over(Instant::now()).is_some() {
                return None;
            }
        }
    }
}
