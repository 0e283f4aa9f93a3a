//! How sessions are opened.

use std::time::Duration;

use super::level::Level;

/// How long the handshake may take. The server may run a startup script first.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// Options for a session.
///
/// ```no_run
/// use manhole_client::{ConnectOptions, Level};
/// use std::time::Duration;
///
/// let options = ConnectOptions::new().level(Level::Observe).timeout(Duration::from_secs(5));
/// let mut session = options.connect("app")?;
/// # Ok::<(), manhole_client::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectOptions {
    pub(crate) ssh_command: String,
    /// What runs in a container to reach its console.
    pub(crate) proxy_command: String,
    /// The level to which a session is lowered before its first command.
    pub(crate) level: Option<Level>,
    pub(crate) timeout: Duration,
    pub(crate) token: Option<String>,
    pub(crate) client: String,
}

impl ConnectOptions {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self {
            ssh_command: "ssh".to_owned(),
            proxy_command: "/proc/1/exe manhole-proxy".to_owned(),
            level: None,
            timeout: HANDSHAKE_TIMEOUT,
            token: None,
            client: concat!("manhole-client ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Lowers the session to this access level before its first command. Defaults to what its user has.
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Limits the time of connecting, and of each request. Defaults to 15 seconds. The console has its own limit on the time of a command.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Names this program, perhaps with its version. The console shows the name in `console.sessions` and in audit events. Defaults to
    /// `manhole-client` with its version.
    pub fn client(mut self, name: impl Into<String>) -> Self {
        self.client = name.into();
        self
    }

    /// Sets the token for a console that prompts for one. Defaults to the environment variable `MANHOLE_TOKEN`.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the command, with options, for `ssh://` targets. Defaults to `ssh`.
    pub fn ssh_command(mut self, command: impl Into<String>) -> Self {
        self.ssh_command = command.into();
        self
    }

    /// Sets the command in a container, with options, for `kube:`, `docker:` and `podman:` targets. Defaults to
    /// `/proc/1/exe manhole-proxy`.
    pub fn proxy_command(mut self, command: impl Into<String>) -> Self {
        self.proxy_command = command.into();
        self
    }

    /// Returns the level to which sessions are lowered.
    #[doc(hidden)]
    #[must_use]
    pub const fn max_level(&self) -> Option<Level> {
        self.level
    }
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self::new()
    }
}
