//! The client as its users see it: run as a program, and driven in a real terminal.
//!
//! - `support`: programs to talk with, the client, and a terminal that it runs in
//! - `attach`: a prompt in a terminal
//! - `remote`: through ssh, a command, a port
//! - `eval`: for scripts: output and exit status
//! - `help`: what `--help` says
//! - `ls`: what runs, and what was left behind
//! - `pager`: long answers at a prompt, page by page
//! - `screens`: `tree` and `watch` in a terminal
//! - `timeouts`: waiting for what does not answer, or answers without an end
//! - `watch`: `watch` as lines

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod attach;
mod eval;
mod help;
mod ls;
mod pager;
mod remote;
mod screens;
mod support;
mod timeouts;
mod watch;
