//! `manhole eval`: one command, in one program or in several.

mod multi_target;

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use manhole_protocol::message::Id;
use manhole_protocol::methods::{Eval, Evaluation, Format};

use crate::args::EvalArgs;
use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::target::ResolvedTarget;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::WaitOptions;
use crate::error::CliError;
use crate::target_list::{self, TargetLookup};
use crate::terminal::colors;
use crate::terminal::signals::CtrlC;
use multi_target::several;

/// How much longer than a command the client waits: the other machine may be far away.
const ANSWER_GRACE_PERIOD: Duration = Duration::from_secs(2);

pub(crate) fn eval(args: &EvalArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let code = code(args)?;
    let all = target_list::resolve_all(&args.target, &args.more, "eval")?;
    let ctrl_c = CtrlC::watch()?;
    if let [TargetLookup { resolved: Ok(only), .. }] = &all[..] {
        return one(only, &code, args, options, &ctrl_c).map(|()| ExitCode::SUCCESS);
    }
    several(&all, &code, args, options, &ctrl_c)
}

fn code(args: &EvalArgs) -> Result<String, CliError> {
    let unreadable =
        |what: &str, error: io::Error| CliError::usage(format!("{what} cannot be read: {error}"));
    match (&args.code, &args.file) {
        (Some(code), _) => Ok(code.clone()),
        (None, Some(file)) if file.as_os_str() != "-" => {
            std::fs::read_to_string(file).map_err(|error| unreadable(&file.display().to_string(), error))
        }
        (None, None) if io::stdin().is_terminal() => Err(CliError::usage("there is nothing to evaluate")
            .help("manhole eval app 'gizmo.count', or a file, or the standard input")),
        _ => {
            let mut code = String::new();
            io::stdin().read_to_string(&mut code).map_err(|error| unreadable("the standard input", error))?;
            Ok(code)
        }
    }
}

fn one(
    found: &ResolvedTarget,
    code: &str,
    args: &EvalArgs,
    options: &ConnectOptions,
    ctrl_c: &CtrlC,
) -> Result<(), CliError> {
    let interrupted = || ctrl_c.take();
    let mut client = connect(found, args, options, &interrupted)?;
    // What is printed must not be taken for the value where a program reads it.
    let mut tell = |events| match events {
        ServerEvent::Print(print) if args.json => Ok(io::stderr().write_all(print.text.as_bytes())?),
        ServerEvent::Print(print) if io::stdout().is_terminal() => {
            Ok(io::stdout().write_all(colors::strip_control_chars(&print.text).as_bytes())?)
        }
        ServerEvent::Print(print) => Ok(io::stdout().write_all(print.text.as_bytes())?),
        ServerEvent::Changed(_) => Ok(()),
    };
    let evaluation = run(&mut client, code, args, &interrupted, &mut tell)?;
    if args.json {
        writeln!(io::stdout(), "{}", json_of(&evaluation))?;
    } else if let Some(text) = evaluation.text {
        let text = if io::stdout().is_terminal() { colors::strip_control_chars(&text) } else { text };
        writeln!(io::stdout(), "{text}")?;
    }
    Ok(())
}

/// Connects, which `--timeout` bounds as it does the command.
fn connect(
    found: &ResolvedTarget,
    args: &EvalArgs,
    options: &ConnectOptions,
    interrupted: &dyn Fn() -> bool,
) -> Result<RpcClient, CliError> {
    let wait = WaitOptions { ctrl_c: Some(interrupted), timeout: args.timeout, spinner: None };
    RpcClient::connect(found, options, &wait)
}

fn json_of(evaluation: &Evaluation) -> String {
    serde_json::to_string(&evaluation.value).unwrap_or_default()
}

fn run(
    client: &mut RpcClient,
    code: &str,
    args: &EvalArgs,
    interrupted: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(ServerEvent) -> Result<(), CliError>,
) -> Result<Evaluation, CliError> {
    let mut eval = Eval::new(code).format(if args.json { Format::Value } else { Format::Text });
    if let Some(timeout) = args.timeout {
        allow(client, timeout)?;
        eval = eval.timeout_ms(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1));
    }
    let id: Id = client.start(&eval)?;
    let wait = WaitOptions {
        ctrl_c: Some(interrupted),
        timeout: args.timeout.map(|timeout| timeout + ANSWER_GRACE_PERIOD),
        spinner: Some("running; Ctrl-C stops it"),
    };
    client.finish::<Eval>(&id, &wait, tell)
}

/// Lets the session's commands run as long as that, if they may not yet.
fn allow(client: &mut RpcClient, timeout: Duration) -> Result<(), CliError> {
    let limit = client.info.limits.iter().find(|limit| limit.name == "timeout");
    if limit.and_then(|limit| span(&limit.value)).is_some_and(|limit| limit >= timeout) {
        return Ok(());
    }
    let set = Eval::new(format!("set(\"timeout\", \"{}ms\")", timeout.as_millis().max(1)));
    client.call(&set).map(|_| ()).map_err(|error| CliError::usage(error.message()))
}

/// A span of time as Rust writes it.
fn span(text: &str) -> Option<Duration> {
    let unit = text.find(|char: char| char.is_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_rust_writes_them() {
        for span in [Duration::from_millis(1500), Duration::from_secs(60), Duration::from_micros(250)] {
            assert_eq!(super::span(&format!("{span:?}")), Some(span));
        }
        assert_eq!(super::span("soon"), None);
    }
}
