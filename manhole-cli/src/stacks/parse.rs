//! Reads what the debuggers print.

use std::collections::HashMap;

use crate::args::Debugger;
use crate::local_process::symbols::demangled;

/// The stack of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stack {
    /// The number of the thread.
    pub(super) thread: u32,
    pub(super) frames: Vec<Frame>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) function: String,
    /// The file and line, where the program has debug information.
    pub(super) place: Option<String>,
}

impl Frame {
    fn new(function: &str, place: Option<&str>) -> Self {
        Self { function: demangled(function), place: place.map(|place| in_library(place).to_owned()) }
    }
}

/// Returns a place in the standard library without the commit of the compiler: `library/std/src/panicking.rs:581`.
fn in_library(place: &str) -> &str {
    let behind_commit = place.strip_prefix("/rustc/").and_then(|rest| rest.split_once('/'));
    behind_commit.map_or(place, |(_, place)| place)
}

pub(super) fn stacks(debugger: Debugger, output: &str) -> Vec<Stack> {
    match debugger {
        Debugger::EuStack => of_eu_stack(output),
        Debugger::Gdb => of_gdb(output),
        Debugger::Lldb => of_lldb(output),
    }
}

/// ```text
/// TID 25415:
/// #0  0x000056024dcf5a7e _ZN6client12busy_service6crunch17h5c30f444a54438beE
///     /src/busy_service.rs:74:11
/// ```
fn of_eu_stack(output: &str) -> Vec<Stack> {
    let mut stacks: Vec<Stack> = Vec::new();
    for line in output.lines() {
        if let Some(thread) = line.strip_prefix("TID ").and_then(|rest| rest.strip_suffix(':')) {
            stacks.extend(thread.parse().ok().map(|thread| Stack { thread, frames: Vec::new() }));
            continue;
        }
        let Some(stack) = stacks.last_mut() else { continue };
        if let Some(frame) = line.strip_prefix('#') {
            let rest = frame.trim_start_matches(|char: char| char.is_ascii_digit()).trim();
            let (address, function) = rest.split_once(' ').unwrap_or((rest, ""));
            // `- 1` stands before the name of the caller of a return address.
            let function = function.trim_start_matches("- 1").trim();
            stack.frames.push(Frame::new(if function.is_empty() { address } else { function }, None));
        } else if line.starts_with(' ')
            && let Some(frame) = stack.frames.last_mut()
        {
            frame.place = Some(in_library(line.trim()).to_owned());
        }
    }
    stacks
}

/// ```text
/// Thread 2 (Thread 0x7feef1d8d6c0 (LWP 25415) "cruncher"):
/// #0  0x000056024dcf5a7e in client::busy_service::crunch::h5c30f444a54438be (is_over=...) at src/busy_service.rs:74
/// ```
fn of_gdb(output: &str) -> Vec<Stack> {
    let mut stacks: Vec<Stack> = Vec::new();
    for line in output.lines() {
        if line.starts_with("Thread ") {
            let number = line
                .split_once("LWP ")
                .or_else(|| line.split_once("process "))
                .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
            let thread = number.and_then(|number| number.parse().ok());
            stacks.extend(thread.map(|thread| Stack { thread, frames: Vec::new() }));
        } else if let (Some(stack), Some(frame)) = (stacks.last_mut(), line.strip_prefix('#')) {
            let rest = frame.trim_start_matches(|char: char| char.is_ascii_digit()).trim();
            let rest = match rest.split_once(" in ") {
                Some((address, rest)) if address.starts_with("0x") => rest,
                _ => rest,
            };
            stack.frames.push(gdb_frame(rest));
        }
    }
    // gdb begins with the last thread.
    stacks.reverse();
    stacks
}

/// Reads `function (arguments) at file:line` or `function (arguments) from library`.
fn gdb_frame(text: &str) -> Frame {
    let (call, place) = match (text.rsplit_once(") at "), text.rsplit_once(") from ")) {
        (Some((call, place)), _) => (call, Some(place)),
        (None, Some((call, _))) => (call, None),
        (None, None) => (text.trim_end_matches(')'), None),
    };
    Frame::new(before_arguments(call).unwrap_or(text), place)
}

/// Returns the function of a call without its last parenthesis. The arguments begin at the one that matches that; types contain others.
fn before_arguments(call: &str) -> Option<&str> {
    let mut depth = 1;
    for (at, char) in call.char_indices().rev() {
        match char {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(call[..at].trim_end());
        }
    }
    None
}

/// ```text
/// * thread #1: tid = 25411, 0x00007feef2494829 libc.so.6`syscall + 25, name = 'client'
/// * thread #1, name = 'client', stop reason = signal SIGSTOP
///     frame #0: 0x000056024dcf5a7e client`client::busy_service::crunch::h5c30f444a54438be at busy_service.rs:74:11
/// ```
fn of_lldb(output: &str) -> Vec<Stack> {
    let mut threads: HashMap<&str, u32> = HashMap::new();
    let mut stacks: Vec<Stack> = Vec::new();
    for line in output.lines().map(|line| line.trim().trim_start_matches('*').trim_start()) {
        if let Some(thread) = line.strip_prefix("thread #") {
            let (index, rest) =
                thread.split_at(thread.find(|char: char| !char.is_ascii_digit()).unwrap_or(0));
            if let Some(tid) = rest.strip_prefix(": tid = ") {
                let tid = tid.split(',').next().unwrap_or_default();
                let number = match tid.strip_prefix("0x") {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => tid.parse(),
                };
                threads.extend(number.ok().map(|number| (index, number)));
            } else if let Some(thread) = threads.get(index) {
                stacks.push(Stack { thread: *thread, frames: Vec::new() });
            }
        } else if let (Some(stack), Some(frame)) = (stacks.last_mut(), line.strip_prefix("frame #")) {
            let frame = frame.split_once(": ").map_or(frame, |(_, frame)| frame);
            let function = frame.split_once('`').map_or(frame, |(_, function)| function);
            let (function, place) = match function.rsplit_once(" at ") {
                Some((function, place)) => (function, Some(place)),
                None => (function.rsplit_once(" + ").map_or(function, |(function, _)| function), None),
            };
            // With debug information there are arguments.
            let function = function.strip_suffix(')').and_then(before_arguments).unwrap_or(function);
            stack.frames.push(Frame::new(function, place));
        }
    }
    stacks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stacks: &[Stack]) -> Vec<String> {
        let frame = |frame: &Frame| format!("{} @ {}", frame.function, frame.place.as_deref().unwrap_or("?"));
        let stack = |stack: &Stack| {
            let frames: Vec<_> = stack.frames.iter().map(frame).collect();
            format!("{}: {}", stack.thread, frames.join("; "))
        };
        stacks.iter().map(stack).collect()
    }

    #[test]
    fn eu_stack_prints_mangled_names() {
        let output = "\
PID 25411 - process
TID 25411:
#0  0x00007feef2494829 syscall
    ../sysdeps/unix/sysv/linux/x86_64/syscall.S:38
#1  0x000056024ed3e3b6 - 1 _RNvMs_NtNtCsjrHSEGnQ3l9_3std6thread6threadNtB4_6Thread12park_timeout
TID 25415:
#0  0x000056024dcf5a7e _ZN6client12busy_service6crunch17h5c30f444a54438beE
#10 0x000056024dcf5a7f
eu-stack: dwfl_thread_getframes tid 25415 at 0x56024dcf5a7f in /x: No DWARF information found
";
        assert_eq!(
            shown(&of_eu_stack(output)),
            [
                "25411: syscall @ ../sysdeps/unix/sysv/linux/x86_64/syscall.S:38; <std::thread::thread::Thread>::park_timeout @ ?",
                "25415: client::busy_service::crunch @ ?; 0x000056024dcf5a7f @ ?",
            ]
        );
    }

    #[test]
    fn gdb_prints_arguments_and_hashes() {
        let output = "\
[New LWP 25415]
Thread 2 (Thread 0x7feef1d8d6c0 (LWP 25415) \"cruncher\"):
#0  client::busy_service::crunch (is_over=...) at src/busy_service.rs:74
#1  0x000056024e3e4654 in <core::panic::unwind_safe::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once::h8a69ef06433d4872 ()
#2  0x000056024e3e4655 in core::ops::function::FnOnce::call_once<app::run::{closure_env#0}, (i32)> () at /rustc/5980/a b/function.rs:250
#3  0x00007feef241c1f5 in start_thread (arg=...) from /lib/libc.so.6
#4  0x00007feef241c1f6 in ?? ()

Thread 1 (process 25411 \"client\"):
#0  syscall () at ../syscall.S:38
[Inferior 1 (process 25411) detached]
";
        assert_eq!(
            shown(&of_gdb(output)),
            [
                "25411: syscall @ ../syscall.S:38",
                "25415: client::busy_service::crunch @ src/busy_service.rs:74; \
                 <core::panic::unwind_safe::AssertUnwindSafe<F> as core::ops::function::FnOnce<()>>::call_once @ ?; \
                 core::ops::function::FnOnce::call_once<app::run::{closure_env#0}, (i32)> @ a b/function.rs:250; \
                 start_thread @ ?; ?? @ ?",
            ]
        );
    }

    #[test]
    fn lldb_prints_modules() {
        let output = "\
(lldb) thread list
Process 25411 stopped
* thread #1: tid = 25411, 0x00007feef2494829 libc.so.6`syscall + 25, name = 'client', stop reason = signal SIGSTOP
  thread #2: tid = 0x6347, 0x000056024dcf5a7e client`client::busy_service::crunch::h5c30f444a54438be, name = 'cruncher'
(lldb) thread backtrace all
* thread #1, name = 'client', stop reason = signal SIGSTOP
  * frame #0: 0x00007feef2494829 libc.so.6`syscall + 25
  thread #2, name = 'cruncher'
    frame #0: 0x000056024dcf5a7e client`client::busy_service::crunch::h5c30f444a54438be(is_over=0x0) at busy_service.rs:74:11
    frame #1: 0x000056024dcf5a7f client`core::ops::FnOnce::call_once<app::run, (i32)>(self=<unavailable>, f=(client`main)) at function.rs:250:5
    frame #2: 0x000056024dcf5a7f client`std::rt::lang_start::_$u7b$$u7b$closure$u7d$$u7d$::h3bc766892e780885 + 9
(lldb) detach
";
        assert_eq!(
            shown(&of_lldb(output)),
            [
                "25411: syscall @ ?",
                "25415: client::busy_service::crunch @ busy_service.rs:74:11; \
                 core::ops::FnOnce::call_once<app::run, (i32)> @ function.rs:250:5; \
                 std::rt::lang_start::{{closure}} @ ?",
            ]
        );
    }
}
