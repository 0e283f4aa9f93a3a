//! What takes the place of `serve` on systems that are not Unix: a console that cannot be opened.

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use super::added_name::AddedName;
use super::admit::Admission;
use super::error::Error;
use super::listen::{Address, Listener, SocketFile};
use crate::engine::EngineTemplate;
use crate::namespace::NamespaceItem;
use crate::reflect::Manhole;
use crate::session::SessionConfig;

/// A console. On this system it cannot be opened.
#[derive(Debug, Clone)]
pub struct Console(());

pub(crate) struct ServerConfig {
    pub(crate) engine: Arc<EngineTemplate>,
    pub(crate) session: Arc<SessionConfig>,
    pub(crate) admission: Admission,
}

pub(crate) struct ListenConfig {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) file: SocketFile,
}

impl ListenConfig {
    pub(crate) fn bind(&self) -> Result<Infallible, Error> {
        Err(Error::Unsupported)
    }
}

impl Console {
    pub(crate) fn new(_: ServerConfig, _: ListenConfig) -> Self {
        Self(())
    }

    /// Returns no address: the console is closed.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        Vec::new()
    }

    /// Returns `false`.
    #[must_use]
    pub fn is_open(&self) -> bool {
        false
    }

    /// Returns [`Error::Unsupported`].
    pub fn add<T: Manhole + Send + Sync + 'static>(&self, _: &str, _: T) -> Result<AddedName, Error> {
        Err(Error::Unsupported)
    }

    /// Returns [`Error::Unsupported`].
    pub fn add_item(
        &self,
        _: &str,
        _: impl Into<Cow<'static, str>>,
        _: NamespaceItem,
    ) -> Result<AddedName, Error> {
        Err(Error::Unsupported)
    }

    /// Returns [`Error::Unsupported`].
    pub fn open(&self) -> Result<(), Error> {
        Err(Error::Unsupported)
    }

    /// Does nothing: the console is closed.
    pub fn shutdown(&self) {}

    /// Returns [`Error::Unsupported`].
    #[cfg(feature = "signal")]
    pub fn toggle_on_signal(&self, _: i32) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
}

/// Returns [`Error::Unsupported`].
pub fn unlink(_: impl AsRef<Path>) -> Result<(), Error> {
    Err(Error::Unsupported)
}

/// Returns [`Error::Unsupported`].
pub fn unlink_stale(_: impl AsRef<Path>) -> Result<(), Error> {
    Err(Error::Unsupported)
}

#[cfg(feature = "tokio")]
pub(crate) enum CommandMode {
    Concurrent,
    Inline,
}

#[cfg(feature = "tokio")]
pub(crate) async fn serve(
    listeners: Infallible,
    _: ServerConfig,
    _: CommandMode,
    _: impl Future<Output = ()>,
) -> Result<(), Error> {
    match listeners {}
}
