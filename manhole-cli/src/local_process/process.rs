//! Finds the process of a target, if it runs on this machine.
//!
//! A process ID means nothing elsewhere: a target behind ssh, a forwarded socket or the wall of a container may report one that is
//! another process here. The kernel knows who listens on a Unix socket. Where that is not the application itself, such as under
//! systemd's socket activation, its executable and its uptime must be those of the process here.

use std::path::Path;
use std::time::Duration;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::discovery::user_name;
use manhole_client::cli_support::duration::parse_duration;
use manhole_client::cli_support::peer::peer_pid;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::target::{Endpoint, Remote, Target};
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::Data;
use manhole_protocol::methods::{Eval, Format};
use rustix::process::geteuid;

use super::proc_files;
use crate::connect::configured;
use crate::error::{CliError, CliErrorKind};
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use crate::terminal::wait::wait_options;

pub(crate) use super::proc_files::ThreadInfo;

/// By how much two readings of an uptime may differ: both clocks count in hundredths, and the answer takes its time.
const MAX_UPTIME_DIFFERENCE: Duration = Duration::from_secs(2);

/// How long the console may take to say who it is. It may be one that waits for a stuck application.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A process of this machine.
pub(crate) struct LocalProcess {
    pub(crate) pid: u32,
}

impl LocalProcess {
    /// Finds the process of `target`; `None` means the only application that runs. `command` is the subcommand, for messages.
    pub(crate) fn find(
        target: Option<&Target>,
        options: &ConnectOptions,
        command: &'static str,
        ctrl_c: &CtrlC,
    ) -> Result<Self, CliError> {
        let target = &configured::find(target, command)?.target;
        let elsewhere = |help: String| CliError::OtherMachine { label: target.label.clone(), help };
        if let Endpoint::Ssh(Remote { host, port, path }) = &target.endpoint {
            let port = port.map_or_else(String::new, |port| format!("-p {port} "));
            return Err(elsewhere(format!("run it there: ssh {port}{host} manhole {command} {path}")));
        }
        let wait = WaitOptions {
            cancelled: Some(&|| ctrl_c.take()),
            timeout: Some(CONNECT_TIMEOUT),
            ..wait_options()
        };
        let mut client = match RpcClient::connect(target, options, &wait).map_err(CliError::from) {
            Ok(client) => client,
            Err(error) if matches!(error.kind(), CliErrorKind::Interrupted | CliErrorKind::BrokenPipe) => {
                return Err(error);
            }
            // A console on the threads of a stuck application does not answer, and one may have no place for another session.
            Err(error) => {
                let Some(pid) = peer_pid(&target.endpoint) else { return Err(error) };
                let name = proc_files::name(pid).map_or_else(String::new, |name| format!(" ({name})"));
                let reason = error.message();
                output::print_error(&format!(
                    "note: {reason}; this is process {pid}{name}, which listens there\n"
                ))?;
                return Ok(Self { pid });
            }
        };
        let pid = client.info.pid;
        if peer_pid(&target.endpoint) == Some(pid) || is_here(&mut client) {
            return Ok(Self { pid });
        }
        Err(elsewhere("run `manhole` on its machine; of a container, inside of it".to_owned()))
    }

    /// Returns whether it is still there; `true` on systems without `/proc`.
    pub(crate) fn exists(&self) -> bool {
        proc_files::exists(self.pid)
    }

    /// Lists its threads; empty on systems without `/proc`.
    pub(crate) fn threads(&self) -> Vec<ThreadInfo> {
        proc_files::threads(self.pid)
    }

    /// Returns which process traces it, as text.
    pub(crate) fn tracer(&self) -> Option<String> {
        let tracer = proc_files::tracer(self.pid)?;
        let name = proc_files::name(tracer).map_or_else(String::new, |name| format!(" ({name})"));
        Some(format!("process {tracer}{name}"))
    }

    /// Returns what to do where the system does not permit to trace it.
    pub(crate) fn ptrace_help(&self) -> String {
        self.other_user().unwrap_or_else(|| match proc_files::setting("kernel/yama/ptrace_scope") {
            Some(1) => {
                "run it as root, or permit it until the next boot: sudo sysctl kernel.yama.ptrace_scope=0"
                    .to_owned()
            }
            Some(2) => "run it as root: kernel.yama.ptrace_scope is 2".to_owned(),
            Some(3..) => "kernel.yama.ptrace_scope is 3, which forbids it until the next boot".to_owned(),
            _ => "run it as root; in a container, start that with --cap-add SYS_PTRACE".to_owned(),
        })
    }

    /// Returns what to do where the system does not permit to count its events.
    pub(crate) fn perf_help(&self) -> String {
        self.other_user().unwrap_or_else(|| match proc_files::setting("kernel/perf_event_paranoid") {
            Some(level @ 2..) if geteuid().as_raw() != 0 => format!(
                "run it as root, or permit it until the next boot: sudo sysctl kernel.perf_event_paranoid=1 (it is {level})"
            ),
            _ => "run it as root; in a container, start that with --cap-add PERFMON, or profile from the host".to_owned(),
        })
    }

    /// Returns what to do if the process is another user's.
    fn other_user(&self) -> Option<String> {
        let (owner, own) = (proc_files::owner(self.pid)?, geteuid().as_raw());
        let is_other = owner != own && own != 0;
        is_other.then(|| format!("run it as root or as {}, whose process it is", user_name(owner)))
    }
}

/// Returns whether the process that the application calls its own is the one with that number here.
fn is_here(client: &mut RpcClient) -> bool {
    let code = "[manhole::process.executable, manhole::process.uptime]";
    let Ok(evaluation) = client.call(&Eval::new(code).format(Format::Value)) else { return false };
    let Some(Data::List(values)) = evaluation.value else { return false };
    let [Data::Text(executable), Data::Text(uptime)] = &values[..] else { return false };
    let pid = client.info.pid;
    let (Some(reported), Some(here)) = (parse_duration(uptime), proc_files::uptime(pid)) else {
        return false;
    };
    // Another user's executable may not be read.
    proc_files::executable(pid).is_none_or(|here| here == Path::new(executable))
        && here.abs_diff(reported) <= MAX_UPTIME_DIFFERENCE
}
