//! `manhole ls`: lists and removes sockets; uses `connect` and `terminal`.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, IsTerminal};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::discovery::{self, directory_names, user_name};
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_protocol::methods::ServerInfo;
use manhole_protocol::socket_path::{Instance, lock_file, open_lock_file};
use serde_json::json;

use crate::args::LsArgs;
use crate::error::CliError;
use crate::terminal::format::{borderless_table, format_uptime};
use crate::terminal::output;
use crate::terminal::wait::wait_options;

/// The response of a live application.
type Response = Option<Result<ServerInfo, CliError>>;

pub(crate) fn ls(args: &LsArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let mut instances = discovery::discover();
    if args.prune {
        return prune(&instances);
    }
    instances.extend(discovery::discover_elsewhere());
    // In parallel, since some may not respond.
    let responses = thread::scope(|scope| {
        let threads: Vec<_> = instances
            .iter()
            .map(|instance| scope.spawn(|| instance.live.then(|| server_info(instance, options))))
            .collect();
        threads.into_iter().map(|thread| thread.join().ok().flatten()).collect::<Vec<_>>()
    });
    let rows = instances.iter().zip(responses);
    if args.json {
        print_json(rows)?;
    } else if !instances.is_empty() {
        print_table(rows)?;
        if instances.iter().any(|instance| !instance.live) {
            output::print_error("help: remove stale sockets with `manhole ls --prune`\n")?;
        }
    } else if io::stdout().is_terminal() {
        output::print_error(&format!("found no application in {}, nor elsewhere\n", directory_names()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn server_info(instance: &Instance, options: &ConnectOptions) -> Result<ServerInfo, CliError> {
    let target = ResolvedTarget::from(instance.clone());
    Ok(RpcClient::connect(&target, options, &wait_options())?.info)
}

fn print_json<'a>(rows: impl Iterator<Item = (&'a Instance, Response)>) -> io::Result<()> {
    for (instance, response) in rows {
        let uptime = response.and_then(Result::ok).map(|info| info.uptime_ms);
        let object = json!({
            "application": instance.name, "pid": instance.pid, "user": user_name(instance.uid),
            "live": instance.live, "uptime_ms": uptime, "path": instance.path.to_string_lossy(),
        });
        output::print_json(object.to_string())?;
    }
    Ok(())
}

fn print_table<'a>(rows: impl Iterator<Item = (&'a Instance, Response)>) -> io::Result<()> {
    let mut table = borderless_table(&["APPLICATION", "PID", "USER", "UP", "LEVEL", "PATH"]);
    for (instance, response) in rows {
        let (up, level) = match response {
            Some(Ok(info)) => (format_uptime(info.uptime_ms), info.level),
            Some(Err(error)) => ("?".to_owned(), format!("({})", error.message())),
            None => ("stale".to_owned(), String::new()),
        };
        let path = instance.path.display().to_string();
        table.add_row([
            instance.name.clone(),
            instance.pid.to_string(),
            user_name(instance.uid),
            up,
            level,
            path,
        ]);
    }
    output::print(&(table.trim_fmt() + "\n"))
}

/// Removes stale sockets. Returns the exit status of the first error.
fn prune(instances: &[Instance]) -> Result<ExitCode, CliError> {
    let mut first = None;
    for instance in instances.iter().filter(|instance| !instance.live) {
        match prune_one(instance) {
            Ok(true) => output::print(&format!("removed {}\n", instance.path.display()))?,
            Ok(false) => {}
            Err(error) => {
                output::print_error(&(error.report() + "\n"))?;
                first.get_or_insert(error);
            }
        }
    }
    Ok(first.map_or(ExitCode::SUCCESS, |error| error.exit_code()))
}

/// Removes a stale socket and its lock file. Returns whether the socket was stale.
fn prune_one(instance: &Instance) -> Result<bool, CliError> {
    let path = &instance.path;
    let failed = |error: io::Error| CliError::Remove { path: path.clone(), reason: error.to_string() };
    // Held until the end, so that no server starts in between. A server that waits for it then sees that the file is gone.
    let lock = open_lock_file(path, OpenOptions::new().write(true).create(true).truncate(false).mode(0o600))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // A server that uses no lock, or whose lock file was removed, accepts the connection.
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let is_stale = is_socket
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if is_stale {
        fs::remove_file(path).map_err(failed)?;
    }
    fs::remove_file(lock_file(path)).map_err(failed)?;
    Ok(is_stale)
}
