//! The gate of a server: accepts clients, and turns away those for which the system has no resources.

use std::io;
use std::sync::Arc;

use super::server_config::ServerConfig;
use crate::server::listen::{BoundListener, SpareFd};
use crate::server::socket::{Closer, Connection};

/// The reason for a client that gets the last descriptor.
const NO_DESCRIPTOR: &str = "the application has no file descriptor left";

pub(crate) struct Gate {
    spare_fd: SpareFd,
    pub(crate) closer: Closer,
}

impl Gate {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { spare_fd: SpareFd::new()?, closer: Closer::default() })
    }

    /// Accepts the next client of `listener`. Returns `None` if it was turned away.
    pub(crate) fn accept(
        &self,
        listener: &BoundListener,
        config: &ServerConfig,
    ) -> io::Result<Option<Arc<Connection>>> {
        let accept = || Connection::accept(listener, config.session.limits.command, &self.closer);
        self.spare_fd.restore();
        match accept() {
            Err(error) if self.spare_fd.release(&error) => {
                config.turn_away(&Arc::new(accept()?), NO_DESCRIPTOR);
                Ok(None)
            }
            accepted => Ok(Some(Arc::new(accepted?))),
        }
    }
}
