//! Runs a command in one application, within its timeout.

use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::duration::parse_duration;
use manhole_client::cli_support::rpc_client::{RpcClient, ServerEvent};
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::methods::{Eval, Evaluation, Format};

use super::commands;
use crate::args::EvalOptions;
use crate::error::{CliError, CliErrorKind};
use crate::terminal::data::is_true;
use crate::terminal::signals::CtrlC;
use crate::terminal::wait::wait_options;

/// How much longer than the command's timeout the client waits, since the connection may be slow.
const RESPONSE_GRACE_PERIOD: Duration = Duration::from_secs(2);

/// A command with its options.
#[derive(Clone, Copy)]
pub(super) struct EvalCommand<'a> {
    pub(super) code: &'a str,
    pub(super) args: &'a EvalOptions,
    pub(super) options: &'a ConnectOptions,
    pub(super) ctrl_c: &'a CtrlC,
}

/// What an application reports while its commands run.
pub(super) enum EvalEvent {
    Print(String),
    /// The value of one command, and whether it is the last one.
    Value(Evaluation, bool),
}

impl EvalCommand<'_> {
    /// Connects and runs the command, or the commands of several lines until one fails. All stop when `ctrl_c` returns true.
    pub(super) fn run(
        self,
        target: &ResolvedTarget,
        ctrl_c: &dyn Fn() -> bool,
        handle: &mut dyn FnMut(EvalEvent) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let timeout = self.args.timeout;
        let wait = WaitOptions { cancelled: Some(ctrl_c), timeout, ..wait_options() };
        let mut client = RpcClient::connect(target, self.options, &wait)?;
        if let Some(timeout) = timeout {
            raise_timeout(&mut client, timeout)?;
        }
        let wait = WaitOptions {
            timeout: timeout.map(|timeout| timeout + RESPONSE_GRACE_PERIOD),
            text: Some("running"),
            ..wait
        };
        let commands = commands::divide(&mut client, self.code)?;
        let last = commands.len().saturating_sub(1);
        for (index, code) in commands.into_iter().enumerate() {
            let mut eval = Eval::new(code).format(self.format());
            if let Some(timeout) = timeout {
                eval = eval.timeout_ms(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1));
            }
            let id = client.start(&eval)?;
            let evaluation = client.finish::<Eval, CliError>(&id, &wait, &mut |event| match event {
                ServerEvent::Print(print) => handle(EvalEvent::Print(print.text)),
                ServerEvent::Changed(_) => Ok(()),
            })?;
            handle(EvalEvent::Value(evaluation, index == last))?;
        }
        Ok(())
    }

    fn format(&self) -> Format {
        if self.args.json.is_some() {
            Format::Value
        } else if self.args.raw || self.args.exit_status {
            Format::Both
        } else {
            Format::Text
        }
    }

    /// Returns whether `--exit-status` takes a value for a failure.
    pub(super) fn fails_by(&self, evaluation: &Evaluation) -> bool {
        self.args.exit_status && !is_true(evaluation.value.as_ref())
    }
}

/// Raises the session's timeout to `timeout` if it is lower.
fn raise_timeout(client: &mut RpcClient, timeout: Duration) -> Result<(), CliError> {
    let limit = client.info.limits.iter().find(|limit| limit.name == "timeout");
    if limit.and_then(|limit| parse_duration(&limit.value)).is_some_and(|limit| limit >= timeout) {
        return Ok(());
    }
    let set = Eval::new(format!("set(\"timeout\", \"{}ms\")", timeout.as_millis().max(1)));
    client.call(&set).map(|_| ()).map_err(|error| CliError::from(error).with_kind(CliErrorKind::Usage))
}
