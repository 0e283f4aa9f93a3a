//! `manhole ls`: the programs that have a manhole.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;

use manhole_protocol::methods::ServerInfo;
use serde_json::json;

use crate::args::LsArgs;
use crate::connect::discovery::{self, Instance, user};
use crate::connect::rpc_client::Client;
use crate::connect::target::Found;
use crate::connect::transport::Way;
use crate::connect::wait::Patience;
use crate::error::Failure;
use crate::terminal::format::{plain_table, written};

pub(crate) fn ls(args: &LsArgs) -> Result<ExitCode, Failure> {
    let discovery = discovery::all();
    if args.prune {
        return prune(&discovery);
    }
    let way = Way { ssh_command: String::new() };
    // Side by side, for one that does not answer.
    let informed = thread::scope(|scope| {
        let asked: Vec<_> = discovery
            .iter()
            .map(|instance| scope.spawn(|| instance.live.then(|| information(instance, &way))))
            .collect();
        asked.into_iter().map(|asked| asked.join().ok().flatten()).collect::<Vec<_>>()
    });
    let mut out = io::stdout();
    let mut table = plain_table(&["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    for (instance, information) in discovery.iter().zip(informed) {
        let (up, level) = match (&information, instance.live) {
            (Some(Ok(information)), _) => (written(information.uptime_ms), information.level.clone()),
            (Some(Err(failure)), _) => ("?".to_owned(), format!("({})", failure.message())),
            (None, _) => ("stale".to_owned(), String::new()),
        };
        if args.json {
            let uptime = information.and_then(Result::ok).map(|information| information.uptime_ms);
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
        let places: Vec<_> = discovery::places().iter().map(|place| place.display().to_string()).collect();
        writeln!(io::stderr(), "no program of this user has a manhole in {}", places.join(" or "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn information(instance: &Instance, way: &Way) -> Result<ServerInfo, Failure> {
    Client::connect(&Found::from(instance.clone()), way, &Patience::default())
        .map(|client| client.information)
}

fn prune(discovery: &[Instance]) -> Result<ExitCode, Failure> {
    let mut first = None;
    for instance in discovery.iter().filter(|instance| !instance.live) {
        match instance.prune() {
            Ok(true) => writeln!(io::stdout(), "removed {}", instance.path.display())?,
            Ok(false) => {}
            Err(failure) => {
                writeln!(io::stderr(), "{failure}")?;
                first.get_or_insert(failure);
            }
        }
    }
    Ok(first.map_or(ExitCode::SUCCESS, |failure| failure.code()))
}
