//! Runs the client as a program, also in a real terminal.
//!
//! - `support`: applications, the client, and a terminal
//! - `busy_service`: a service with threads, tasks and spans
//! - `attach`: the prompt
//! - `eval`: output and exit status
//! - `export`: metrics for Prometheus
//! - `help`: `--help`, completions, manual pages
//! - `local_process`: `stacks` and `profile`
//! - `mcp`: the tools for agents
//! - `report`: `report` and `diff`
//! - `run`: functions of run-books
//! - `screens`: `tree`, `watch` and `top` as full screens
//! - `targets`: ssh, commands, ports, containers, the configuration, `ls`
//! - `shell_completions`: what shells complete
//! - `timeouts`: timeouts and Ctrl-C
//! - `prompt`: typing, the history, the pager, and odd terminals
//! - `watch`: `watch` with line output
//! - `web`: the page, in a browser

#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod attach;
mod busy_service;
mod eval;
mod export;
mod help;
mod local_process;
mod mcp;
mod prompt;
mod report;
mod run;
mod screens;
mod shell_completions;
mod support;
mod targets;
mod timeouts;
mod watch;
mod web;
