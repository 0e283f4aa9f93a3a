//! `manhole ls`: the programs that have a manhole.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;

use manhole_protocol::methods::ServerInfo;
use serde_json::json;

use crate::args::LsArgs;
use crate::connect::discovery::{self, Instance, user};
use crate::connect::rpc_client::RpcClient;
use crate::connect::target::ResolvedTarget;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::WaitOptions;
use crate::error::CliError;
use crate::terminal::format::{borderless_table, format_uptime};

pub(crate) fn ls(args: &LsArgs) -> Result<ExitCode, CliError> {
    let discovery = discovery::discover();
    if args.prune {
        return prune(&discovery);
    }
    let options = ConnectOptions { ssh_command: String::new() };
    // Side by side, for one that does not answer.
    let informed = thread::scope(|scope| {
        let asked: Vec<_> = discovery
            .iter()
            .map(|instance| scope.spawn(|| instance.live.then(|| info(instance, &options))))
            .collect();
        asked.into_iter().map(|asked| asked.join().ok().flatten()).collect::<Vec<_>>()
    });
    let mut out = io::stdout();
    let mut table = borderless_table(&["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    for (instance, info) in discovery.iter().zip(informed) {
        let (up, level) = match (&info, instance.live) {
            (Some(Ok(info)), _) => (format_uptime(info.uptime_ms), info.level.clone()),
            (Some(Err(error)), _) => ("?".to_owned(), format!("({})", error.message())),
            (None, _) => ("stale".to_owned(), String::new()),
        };
        if args.json {
            let uptime = info.and_then(Result::ok).map(|info| info.uptime_ms);
            writeln!(
                out,
                "{}",
                json!({
                    "application": instance.name, "pid": instance.pid, "user": user(instance.uid),
                    "live": instance.live, "uptime_ms": uptime, "path": instance.path.to_string_lossy(),
                })
            )?;
            continue;
        }
        table.add_row([
            instance.name.clone(),
            instance.pid.to_string(),
            user(instance.uid),
            up,
            level,
            instance.path.display().to_string(),
        ]);
    }
    if !args.json && !discovery.is_empty() {
        writeln!(out, "{}", table.trim_fmt())?;
        if discovery.iter().any(|instance| !instance.live) {
            writeln!(io::stderr(), "stale sockets were left behind; `manhole ls --prune` removes them")?;
        }
    }
    if !args.json && discovery.is_empty() && io::stdout().is_terminal() {
        // Who sees nothing would not know whether it was looked at all.
        let places: Vec<_> =
            discovery::socket_directories().iter().map(|place| place.display().to_string()).collect();
        writeln!(io::stderr(), "no program of this user has a manhole in {}", places.join(" or "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn info(instance: &Instance, options: &ConnectOptions) -> Result<ServerInfo, CliError> {
    RpcClient::connect(&ResolvedTarget::from(instance.clone()), options, &WaitOptions::default())
        .map(|client| client.info)
}

fn prune(discovery: &[Instance]) -> Result<ExitCode, CliError> {
    let mut first = None;
    for instance in discovery.iter().filter(|instance| !instance.live) {
        match instance.prune() {
            Ok(true) => writeln!(io::stdout(), "removed {}", instance.path.display())?,
            Ok(false) => {}
            Err(error) => {
                writeln!(io::stderr(), "{error}")?;
                first.get_or_insert(error);
            }
        }
    }
    Ok(first.map_or(ExitCode::SUCCESS, |error| error.exit_code()))
}
