//! Runs a command in one application, and prints what it prints and its value.

use std::io::{self, IsTerminal, Write};

use super::run_command::EvalCommand;
use crate::connect::rpc_client::ServerEvent;
use crate::connect::target::ResolvedTarget;
use crate::error::CliError;
use crate::terminal::colors::strip_control_chars;

pub(super) fn eval(target: &ResolvedTarget, command: &EvalCommand<'_>) -> Result<(), CliError> {
    let is_json = command.args.json;
    let is_terminal = io::stdout().is_terminal();
    let for_output = |text: String| if is_terminal { strip_control_chars(&text) } else { text };
    let mut print = |event| match event {
        // On the other stream, or a program that parses the value would read it too.
        ServerEvent::Print(print) if is_json => Ok(io::stderr().write_all(print.text.as_bytes())?),
        ServerEvent::Print(print) => Ok(io::stdout().write_all(for_output(print.text).as_bytes())?),
        ServerEvent::Changed(_) => Ok(()),
    };
    let evaluation = command.run(target, &|| command.ctrl_c.take(), &mut print)?;
    if is_json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&evaluation.value).unwrap_or_default())?;
    } else if let Some(text) = evaluation.text {
        writeln!(io::stdout(), "{}", for_output(text))?;
    }
    Ok(())
}
