//! `manhole ls`: the programs that have a manhole.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use comfy_table::{Table, presets};
use manhole_protocol::method::ServerInfo;
use serde_json::json;

use crate::args::LsArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::instances::{self, Instance, user};
use crate::patience::Patience;
use crate::target::Found;
use crate::transport::Way;

pub(crate) fn ls(args: &LsArgs) -> Result<ExitCode, Failure> {
    let instances = instances::all();
    if args.prune {
        return prune(&instances);
    }
    let way = Way { ssh_command: String::new() };
    // Side by side, for one that does not answer.
    let informed = thread::scope(|scope| {
        let asked: Vec<_> = instances
            .iter()
            .map(|instance| scope.spawn(|| instance.live.then(|| information(instance, &way))))
            .collect();
        asked.into_iter().map(|asked| asked.join().ok().flatten()).collect::<Vec<_>>()
    });
    let mut out = io::stdout();
    let mut table = plain_table(&["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    for (instance, information) in instances.iter().zip(informed) {
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
    if !args.json && !instances.is_empty() {
        writeln!(out, "{}", table.trim_fmt())?;
        if instances.iter().any(|instance| !instance.live) {
            writeln!(io::stderr(), "stale sockets were left behind; `manhole ls --prune` removes them")?;
        }
    }
    if !args.json && instances.is_empty() && io::stdout().is_terminal() {
        // Who sees nothing would not know whether it was looked at all.
        let places: Vec<_> = instances::places().iter().map(|place| place.display().to_string()).collect();
        writeln!(io::stderr(), "no program of this user has a manhole in {}", places.join(" or "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn information(instance: &Instance, way: &Way) -> Result<ServerInfo, Failure> {
    Client::connect(&Found::from(instance.clone()), way, &Patience::default())
        .map(|client| client.information)
}

fn prune(instances: &[Instance]) -> Result<ExitCode, Failure> {
    let mut first = None;
    for instance in instances.iter().filter(|instance| !instance.live) {
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

/// A table without lines.
pub(crate) fn plain_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A time in its two largest units.
pub(crate) fn written(ms: u64) -> String {
    let text = humantime::format_duration(Duration::from_secs(ms / 1000)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
