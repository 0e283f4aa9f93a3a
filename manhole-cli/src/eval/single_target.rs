//! Runs a command in one application, and prints what it prints and its value.

use super::run_command::EvalCommand;
use crate::connect::rpc_client::ServerEvent;
use crate::connect::target::ResolvedTarget;
use crate::error::CliError;
use crate::terminal::output;

pub(super) fn eval(target: &ResolvedTarget, command: &EvalCommand<'_>) -> Result<(), CliError> {
    let is_json = command.args.json;
    let mut print = |event| match event {
        // On the other stream, or a program that parses the value would read it too.
        ServerEvent::Print(print) if is_json => Ok(output::print_error(&print.text)?),
        ServerEvent::Print(print) => Ok(output::print(&print.text)?),
        ServerEvent::Changed(_) => Ok(()),
    };
    let evaluation = command.run(target, &|| command.ctrl_c.take(), &mut print)?;
    if is_json {
        output::print_json(serde_json::to_string(&evaluation.value).unwrap_or_default())?;
    } else if let Some(text) = evaluation.text {
        output::print(&(text + "\n"))?;
    }
    Ok(())
}
