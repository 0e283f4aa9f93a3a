//! Runs the client as a program, also in a real terminal.
//!
//! - `support`: applications, the client, and a terminal
//! - `busy_service`: a service with threads, tasks and spans
//! - `attach`: the prompt
//! - `odd_terminals`: terminals without a size, and those that only print text
//! - `eval`: output and exit status
//! - `help`: `--help`, completions, manual pages
//! - `local_process`: `stacks` and `profile`
//! - `history`: the history of commands
//! - `pager`: the pager of `attach`
//! - `report`: `report` and `diff`
//! - `run`: functions of run-books
//! - `screens`: `tree` and `watch` as full screens
//! - `targets`: ssh, commands, ports, containers, the configuration, `ls`
//! - `timeouts`: timeouts and Ctrl-C
//! - `typing`: the ways to leave, pasted text, and keys that are pressed while a command runs
//! - `top`: the screen of `top`, and its text
//! - `watch`: `watch` with line output

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod attach;
mod busy_service;
mod eval;
mod help;
mod history;
mod local_process;
mod odd_terminals;
mod pager;
mod report;
mod run;
mod screens;
mod support;
mod targets;
mod timeouts;
mod top;
mod typing;
mod watch;
