//! The commands that leave the prompt.

use std::process::ExitCode;

/// The names of the commands. An application cannot use them.
const WORDS: [&str; 2] = ["exit", "quit"];

/// Returns the exit status of a command that leaves: `exit`, `quit()`, `exit(1)`, `exit;`, `:q`. Returns `None` for others.
pub(super) fn exit_code(code: &str) -> Option<ExitCode> {
    let code = code.trim().trim_end_matches(|char: char| char == ';' || char.is_whitespace());
    if [":q", ":quit", ":exit"].contains(&code) {
        return Some(ExitCode::SUCCESS);
    }
    let arguments = WORDS.iter().find_map(|word| code.strip_prefix(word))?.trim_start();
    if arguments.is_empty() {
        return Some(ExitCode::SUCCESS);
    }
    match arguments.strip_prefix('(')?.strip_suffix(')')?.trim() {
        "" => Some(ExitCode::SUCCESS),
        status => status.parse().ok().map(|status: u8| ExitCode::from(status)),
    }
}

/// Returns whether a command may call `exit`, be it somewhere inside.
pub(super) fn may_leave(code: &str) -> bool {
    let mut words = code.split(|char: char| !char.is_alphanumeric() && char != '_');
    words.any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_leave_are_known() {
        let shown = |code: ExitCode| format!("{code:?}");
        for (code, expected) in [
            ("exit", Some(0)),
            (" quit ", Some(0)),
            ("exit()", Some(0)),
            ("quit ( ) ;", Some(0)),
            ("exit;", Some(0)),
            (":q", Some(0)),
            ("exit(1)", Some(1)),
            ("quit( 255 );", Some(255)),
            ("exit(256)", None),
            ("exit(x)", None),
            ("exit_all()", None),
            ("exits", None),
            ("exit() + 1", None),
            ("gizmo.exit()", None),
            ("", None),
        ] {
            assert_eq!(
                exit_code(code).map(shown),
                expected.map(|code| shown(ExitCode::from(code))),
                "{code}"
            );
        }
        assert!(may_leave("if x { exit() }") && !may_leave("exits()"));
    }
}
