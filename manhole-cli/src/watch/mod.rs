//! `manhole watch`: how values change, as a chart or as lines.

mod chart;
mod line_output;
mod series;

use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use manhole_protocol::Data;
use manhole_protocol::methods::{Changed, Watch};

use crate::args::WatchArgs;
use crate::connect::reconnect::Comeback;
use crate::connect::rpc_client::{Client, News};
use crate::connect::transport::Way;
use crate::connect::wait::Patience;
use crate::error::{Failure, FailureKind};
use crate::target_list::{self, Meant};
use crate::terminal::format::in_one_line;
use crate::terminal::full_screen;

/// The shortest interval that a manhole takes.
const SHORTEST: Duration = Duration::from_millis(10);

/// What a watched expression has come to.
pub(crate) struct Seen {
    /// Which one: all expressions of the first target, then those of the next.
    index: usize,
    /// The target, which may be another process than at the beginning.
    target: String,
    what: Result<Value, Failure>,
    /// Whether nothing more comes of it.
    last: bool,
}

/// A value that was seen.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    data: Data,
    text: String,
}

/// An expression at a target.
pub(crate) struct Watched {
    target: String,
    code: String,
}

pub(crate) fn watch(args: &WatchArgs, way: &Way) -> Result<ExitCode, Failure> {
    if args.interval < SHORTEST {
        return Err(Failure::usage("the interval is 10ms at least"));
    }
    let all = target_list::all(&args.target, &args.more, "watch")?;
    let several = all.len() > 1;
    let watched: Vec<_> = all
        .iter()
        .flat_map(|meant| {
            args.code.iter().map(|code| Watched { target: meant.label.clone(), code: code.clone() })
        })
        .collect();
    let charted = full_screen::is_there() && !args.csv && !args.json;
    let (sender, seen) = mpsc::channel();
    // So many are connected to at once.
    let doors: Arc<[Mutex<()>]> = (0..args.more.jobs).map(|_| Mutex::new(())).collect();
    for (index, Meant { label, found }) in all.into_iter().enumerate() {
        let (way, doors, code) = (way.clone(), Arc::clone(&doors), args.code.clone());
        let line = Line {
            first: index * code.len(),
            code,
            interval: args.interval,
            charted,
            sender: sender.clone(),
        };
        let mut found = match found {
            Ok(found) => found,
            Err(failure) => {
                line.fail(&failure, &label);
                continue;
            }
        };
        thread::spawn(move || {
            let door = doors[index % doors.len()].lock().unwrap_or_else(PoisonError::into_inner);
            let mut client = Client::connect(&found, &way, &Patience::default());
            drop(door);
            loop {
                let old = client.as_ref().map_or(0, |client| client.information.pid);
                let Err(failure) = client.and_then(|client| line.follow(client, &found.label)) else {
                    return;
                };
                let has_gone = failure.kind() == FailureKind::Connection;
                line.fail(&failure, &found.label);
                // Who looks at a chart waits for the program; who reads lines is told that it has gone.
                if !charted || !has_gone {
                    return;
                }
                let comeback = Comeback::of(&found, &way, old);
                let Some(back) = comeback.wait(&Patience::default(), || {}) else { return };
                (client, found) = (Ok(back.client), back.found);
            }
        });
    }
    drop(sender);
    if charted {
        return chart::show(&watched, args.interval, &seen);
    }
    line_output::print(args, &watched, several, &seen)
}

/// What is watched at one target, and who is told.
struct Line {
    /// The index of the first expression.
    first: usize,
    code: Vec<String>,
    interval: Duration,
    charted: bool,
    sender: Sender<Seen>,
}

impl Line {
    /// Sends what the expressions come to, until the connection ends, all of them have, or nobody listens any more.
    fn follow(&self, mut client: Client, target: &str) -> Result<(), Failure> {
        if self.charted {
            client.wait_little_for_locks();
        }
        let interval = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        let mut numbers = Vec::new();
        for (at, code) in self.code.iter().enumerate() {
            match client.call(&Watch::new(code.as_str(), interval)) {
                Ok(watching) => numbers.push(Some(watching.watch)),
                Err(failure) if failure.kind() == FailureKind::Connection => return Err(failure),
                // The others have nothing to do with it.
                Err(failure) => {
                    numbers.push(None);
                    self.send(at, target, Err(failure), true);
                }
            }
        }
        while numbers.iter().any(Option::is_some) {
            for news in client.news(Duration::from_secs(1))? {
                let News::Changed(changed) = news else { continue };
                let Some(at) = numbers.iter().position(|number| *number == Some(changed.watch)) else {
                    continue;
                };
                let ended = changed.ended;
                if ended {
                    numbers[at] = None;
                }
                if !self.send(at, target, value(changed), ended) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends what an expression has come to; answers whether anybody listens.
    fn send(&self, at: usize, target: &str, what: Result<Value, Failure>, last: bool) -> bool {
        let seen = Seen { index: self.first + at, target: target.to_owned(), what, last };
        self.sender.send(seen).is_ok()
    }

    /// Sends that all expressions have failed.
    fn fail(&self, failure: &Failure, target: &str) {
        for at in 0..self.code.len() {
            self.send(at, target, Err(failure.clone()), true);
        }
    }
}

fn value(changed: Changed) -> Result<Value, Failure> {
    match (changed.value, changed.error) {
        (Some(value), _) => Ok(Value {
            data: value.value.unwrap_or(Data::Null),
            text: in_one_line(&value.text.unwrap_or_else(|| "()".to_owned())),
        }),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(Failure::connection("the manhole tells nothing")),
    }
}
