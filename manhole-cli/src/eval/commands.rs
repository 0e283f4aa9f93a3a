//! Divides an input of several lines into commands, as the prompt does.

use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_protocol::methods::{Check, Completeness};

use crate::error::CliError;

/// The most lines that are divided. A longer input is a script, which runs as one command.
const MAX_LINES: usize = 500;

/// Divides `code` into commands. An input that is one script stays one command, so that it runs as a whole or not at all. Of an input with an
/// invalid line, returns the command of that line, whose error says where it is.
pub(super) fn divide(client: &mut RpcClient, code: &str) -> Result<Vec<String>, CliError> {
    let lines: Vec<_> = code.lines().collect();
    if lines.iter().filter(|line| !line.trim().is_empty()).count() < 2
        || lines.len() > MAX_LINES
        || state(client, code)? != Completeness::Invalid
    {
        return Ok(vec![code.to_owned()]);
    }
    let mut commands = Vec::new();
    let mut first = 0;
    while first < lines.len() {
        let Some(end) = end_of_command(client, &lines, first)? else {
            return Ok(vec![numbered(&lines, first, lines.len())]);
        };
        let command = numbered(&lines, first, end);
        if state(client, &command)? != Completeness::Complete {
            return Ok(vec![command]);
        }
        if !command.trim().is_empty() {
            commands.push(command);
        }
        first = end;
    }
    Ok(commands)
}

/// Returns the line behind the command that begins at `first`: the longest one, since a line may continue a complete command. `None` means
/// that it has no end.
fn end_of_command(client: &mut RpcClient, lines: &[&str], first: usize) -> Result<Option<usize>, CliError> {
    let mut complete = None;
    for end in first + 1..=lines.len() {
        match state(client, &lines[first..end].join("\n"))? {
            Completeness::Complete => complete = Some(end),
            // The line does not belong to it, or is wrong by itself.
            Completeness::Invalid => return Ok(complete.or(Some(end))),
            _ => {}
        }
    }
    Ok(complete)
}

/// Returns lines as a command. The empty lines before it keep the numbers of lines in its errors.
fn numbered(lines: &[&str], first: usize, end: usize) -> String {
    "\n".repeat(first) + &lines[first..end].join("\n")
}

fn state(client: &mut RpcClient, code: &str) -> Result<Completeness, CliError> {
    Ok(client.call(&Check::new(code))?.state)
}
