//! Runs a command in one application, and prints what it prints and its value.

use std::process::ExitCode;

use manhole_client::cli_support::target::ResolvedTarget;
use manhole_protocol::Data;
use manhole_protocol::methods::Evaluation;

use super::run_command::{EvalCommand, EvalEvent};
use crate::error::CliError;
use crate::terminal::data::Json;
use crate::terminal::output;

pub(super) fn eval(target: &ResolvedTarget, command: &EvalCommand<'_>) -> Result<ExitCode, CliError> {
    let mut fails = false;
    let mut handle = |event| match event {
        // On the other stream, or a program that parses the value would read it too.
        EvalEvent::Print(text) if command.args.json.is_some() => Ok(output::print_error(&text)?),
        EvalEvent::Print(text) if command.args.raw => Ok(output::print_raw(&text)?),
        EvalEvent::Print(text) => Ok(output::print(&text)?),
        EvalEvent::Value(evaluation, is_last) => {
            fails = command.fails_by(&evaluation);
            print_value(command, evaluation, is_last)
        }
    };
    command.run(target, &|| command.ctrl_c.take(), &mut handle)?;
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_value(command: &EvalCommand<'_>, evaluation: Evaluation, is_last: bool) -> Result<(), CliError> {
    let Evaluation { value, text, r#type, cut, .. } = evaluation;
    let is_data = match (command.args.json, value, text) {
        // Of several commands, those without a value print nothing.
        (Some(_), _, _) if r#type.is_none() && !is_last => false,
        (Some(form), value, _) => {
            output::print_json(Json(value.as_ref().unwrap_or(&Data::Null), form).text())?;
            true
        }
        // Durations and times are strings for programs alone.
        (None, Some(Data::Text(value)), Some(text)) if command.args.raw && text.starts_with(['"', '\'']) => {
            output::print_raw(&(value + "\n"))?;
            true
        }
        (None, _, Some(text)) => {
            output::print(&(text + "\n"))?;
            false
        }
        (None, _, None) => false,
    };
    if is_data && cut {
        output::print_error("note: the value is cut: evaluate a part of it for the rest\n")?;
    }
    Ok(())
}
