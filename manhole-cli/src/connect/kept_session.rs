//! A session that stays open between requests, and is opened again when it has ended.

use manhole_client::ConnectOptions;
use manhole_client::cli_support::reconnect::Reconnect;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_client::cli_support::wait::WaitOptions;

use crate::error::CliError;

/// A target with its session, once there was a request.
pub(crate) struct KeptSession {
    open: Option<(RpcClient, ResolvedTarget)>,
    way: Way,
}

/// How a session is opened.
enum Way {
    First(ResolvedTarget),
    Again(Reconnect),
    /// The target does not exist.
    None(CliError),
}

impl KeptSession {
    pub(crate) fn new(target: Result<ResolvedTarget, CliError>) -> Self {
        Self { open: None, way: target.map_or_else(Way::None, Way::First) }
    }

    /// Returns whether a session is open.
    pub(crate) fn is_open(&mut self, options: &ConnectOptions) -> bool {
        if let Some((client, target)) = &mut self.open
            && client.is_closed()
        {
            self.way = Way::Again(Reconnect::new(target, options, client.info.pid));
            self.open = None;
        }
        self.open.is_some()
    }

    /// Returns the session, and opens it unless it is open. Calls `opened` with a new one.
    pub(crate) fn client(
        &mut self,
        options: &ConnectOptions,
        wait: &WaitOptions<'_>,
        opened: impl FnOnce(&mut RpcClient),
    ) -> Result<&mut RpcClient, CliError> {
        self.is_open(options);
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let (mut client, target) = match &self.way {
                    Way::First(target) => (RpcClient::connect(target, options, wait)?, target.clone()),
                    Way::Again(reconnect) => {
                        let reconnected = reconnect.attempt(wait)?;
                        (reconnected.client, reconnected.target)
                    }
                    Way::None(error) => return Err(error.clone()),
                };
                opened(&mut client);
                (client, target)
            }
        };
        Ok(&mut self.open.insert(open).0)
    }
}
