//! The language of the console, as transcripts: what is typed, and the whole answer.
//!
//! In the files beside this one, a line `# …` begins a section: a new session on new state (`state`). A line `>>> …` is typed, and
//! a line `... …` continues it. The lines below are the answer. `UPDATE=1` writes the answers of today into the files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

mod guide_state;
mod state;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use manhole::{Builder, Console, Namespace};
use tempfile::TempDir;

/// Far longer than an answer takes.
const LONG: Duration = Duration::from_secs(120);

macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        /// The same on state without a lock.
        mod visited {
            $(#[test]
            fn $name() {
                crate::check_visited(stringify!($name));
            })*
        }

        #[test]
        fn each_transcript_is_run() {
            let mut files: Vec<_> = directory()
                .read_dir()
                .unwrap()
                .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".txt")?.to_owned()))
                .collect();
            files.sort();
            assert_eq!(files, [$(stringify!($name)),*]);
        }
    };
}

transcripts! {
    changes,
    comparisons,
    copies_and_references,
    evaluation_order,
    habits,
    help,
    integer_types,
    iterators,
    locks,
    mutable_references,
    names,
    options,
    queries,
    results,
    rust_forms,
    sets,
    several_lines,
    shown_values,
    standard_library,
    texts_and_numbers,
}

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/language"))
}

/// Runs a transcript, and compares the answers.
#[track_caller]
fn check(name: &str) {
    let file = directory().join(format!("{name}.txt"));
    let expected = std::fs::read_to_string(&file).unwrap();
    let actual = run_in(&expected, state::locked);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &actual).unwrap();
        return;
    }
    let differences = diff(&expected, &actual);
    assert!(differences.is_empty(), "{}:\n{differences}", file.display());
}

/// Compares the answers for state behind a lock with those for state that a thread owns.
#[track_caller]
fn check_visited(name: &str) {
    let text = std::fs::read_to_string(directory().join(format!("{name}.txt"))).unwrap();
    let visited = run_in(&text, state::visited).replace("Remote<Service>", "Mutex<Service>");
    // The names of the types differ in length.
    let aligned = |text: &str| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let differences = diff(&aligned(&run_in(&text, state::locked)), &aligned(&visited));
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn the_transcript_of_the_guide() {
    let chapter = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../manhole/src/guide/language.md"));
    let transcript = chapter.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(run_in(transcript, guide_state::namespace), transcript);
}

/// A transcript that is being written.
struct Transcript {
    namespace: fn() -> Namespace,
    text: String,
    session: Option<Session>,
    /// The command that is not answered yet.
    command: Option<String>,
}

impl Transcript {
    fn answer(&mut self) {
        if let Some(command) = self.command.take() {
            self.text += &self.session.get_or_insert_with(|| Session::new((self.namespace)())).ask(&command);
        }
    }
}

/// Returns the transcript `text` with the answers of a console for `namespace`.
fn run_in(text: &str, namespace: fn() -> Namespace) -> String {
    let mut transcript = Transcript { namespace, text: String::new(), session: None, command: None };
    for line in text.lines() {
        if let Some(more) = line.strip_prefix("...") {
            *transcript.command.as_mut().unwrap() += &format!("\n{}", more.strip_prefix(' ').unwrap_or(more));
        } else if let Some(command) = line.strip_prefix(">>> ") {
            transcript.answer();
            transcript.command = Some(command.to_owned());
        } else if line.starts_with("# ") {
            transcript.answer();
            transcript.session = None;
            if !transcript.text.is_empty() {
                transcript.text.push('\n');
            }
        } else {
            // An answer in the file, or the line before a section.
            continue;
        }
        transcript.text += line;
        transcript.text.push('\n');
    }
    transcript.answer();
    transcript.text
}

/// Returns the commands whose answers differ.
fn diff(expected: &str, actual: &str) -> String {
    let commands =
        |text: &str| -> Vec<String> { text.split("\n>>> ").map(|part| part.trim_end().to_owned()).collect() };
    let (expected, actual) = (commands(expected), commands(actual));
    let pairs = expected.iter().zip(&actual).filter(|(expected, actual)| expected != actual);
    pairs.map(|(expected, actual)| format!("expected >>> {expected}\nanswered >>> {actual}\n\n")).collect()
}

/// A session and its console.
struct Session {
    console: Console,
    stream: UnixStream,
    _directory: TempDir,
}

impl Session {
    fn new(namespace: Namespace) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("language.sock");
        let console = Builder::new(namespace)
            .name("service")
            .limits(|limits| limits.timeout = LONG / 2)
            .spawn(&path)
            .unwrap();
        let stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut session = Self { console, stream, _directory: directory };
        session.read_answer();
        session
    }

    /// Runs a command. Returns the answer, with a line end.
    fn ask(&mut self, command: &str) -> String {
        // In one piece, as it is pasted.
        self.stream.write_all(format!("{command}\n").as_bytes()).unwrap();
        let mut answer = self.read_answer();
        for line in command.lines().skip(1) {
            assert_eq!(answer, "... ", "before the line {line:?}");
            answer = self.read_answer();
        }
        let answer = answer.strip_suffix(">>> ").unwrap_or(&answer).trim_end();
        if answer.is_empty() { String::new() } else { format!("{answer}\n") }
    }

    /// Reads up to and including a prompt.
    fn read_answer(&mut self) -> String {
        let (mut answer, mut byte) = (Vec::new(), [0]);
        while !answer.ends_with(b">>> ") && answer != b"... " {
            let read = self.stream.read_exact(&mut byte);
            read.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&answer)));
            answer.push(byte[0]);
        }
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.console.shutdown();
    }
}
