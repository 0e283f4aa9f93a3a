//! `manhole attach`: a prompt inside of a program.

mod builtin_pager;
mod editor;
mod output_buffer;
mod pager;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use manhole_protocol::methods::{Eval, Evaluation, Format, Shutdown};
use nu_ansi_term::Style;
use reedline::Signal;

use crate::args::AttachArgs;
use crate::connect::reconnect::{Back, Comeback};
use crate::connect::rpc_client::{Client, News};
use crate::connect::target::{Found, Target};
use crate::connect::transport::Way;
use crate::connect::wait::Patience;
use crate::error::{Failure, FailureKind};
use crate::terminal::colors::{self, Colours};
use crate::terminal::format::written;
use crate::terminal::highlight;
use crate::terminal::signals::{Ending, Interrupt};
use crate::terminal::spinner::Progress;
use editor::Editor;
use output_buffer::Held;

/// A client that the editor uses while a line is typed, and the loop between the lines.
pub(super) type Shared = Arc<Mutex<Client>>;

pub(super) fn locked(client: &Shared) -> MutexGuard<'_, Client> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn attach(args: &AttachArgs, way: &Way) -> Result<ExitCode, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::usage("attach needs a terminal")
            .help("`manhole eval TARGET` runs what comes from the standard input"));
    }
    let found = choose(args.target.as_ref())?;
    let interrupt = Interrupt::watch()?;
    let interrupted = || interrupt.take();
    let patience = Patience { interrupt: Some(&interrupted), ..Patience::default() };
    let client = Client::connect(&found, way, &patience)?;
    let colours = colors::output();
    let ending = Ending::watch()?;
    let mut prompt = Attached {
        editor: Editor::new(&client, colours, ending.clone())?,
        client: Arc::new(Mutex::new(client)),
        found,
        way,
        interrupt,
        ending,
        colours,
        paged: !args.no_pager,
    };
    let result = prompt.run();
    let ending = prompt.ending.clone();
    // The history is written by then.
    drop(prompt);
    ending.follow();
    result.map(|()| ExitCode::SUCCESS)
}

/// The program that is meant; where there are several, the one that is chosen.
fn choose(target: Option<&Target>) -> Result<Found, Failure> {
    match Target::find(target, "attach") {
        Err(failure) if failure.kind() == FailureKind::Usage => {
            let mut found = match target {
                Some(target) => target.find_all("attach")?,
                None => Target::all_live(),
            };
            let mut out = io::stdout();
            for (number, found) in found.iter().enumerate() {
                writeln!(out, "{:3}  {}", number + 1, found.label)?;
            }
            write!(out, "Which one? ")?;
            out.flush()?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer)?;
            let number = answer.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match number.filter(|number| *number < found.len()) {
                Some(number) => Ok(found.swap_remove(number)),
                None => Err(failure),
            }
        }
        found => found,
    }
}

struct Attached<'a> {
    editor: Editor,
    client: Shared,
    found: Found,
    way: &'a Way,
    interrupt: Interrupt,
    ending: Ending,
    colours: Colours,
    paged: bool,
}

impl Attached<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        self.greet()?;
        self.editor.serve(&self.client);
        loop {
            match self.editor.read()? {
                Signal::Success(code) => match code.trim() {
                    "" => {}
                    "exit" | "quit" => break,
                    _ => self.command(&code)?,
                },
                // What was typed is gone, and nothing else has happened.
                Signal::CtrlC => drop(self.interrupt.take()),
                Signal::CtrlD => break,
                Signal::ExternalBreak(_) if self.ending.is_asked_for() => break,
                Signal::ExternalBreak(_) => {
                    // What was typed stays in the editor.
                    writeln!(io::stdout())?;
                    self.reconnect()?;
                }
                _ => {}
            }
        }
        // It ends with the connection all the same.
        let _ = locked(&self.client).call(&Shutdown::new());
        Ok(())
    }

    fn greet(&self) -> Result<(), Failure> {
        let client = locked(&self.client);
        let mut out = io::stdout();
        if !client.banner.is_empty() {
            writeln!(out, "{}", colors::tame(client.banner.trim_end()))?;
        }
        let information = &client.information;
        let line = format!(
            "{} (process {}, up {}, level {}); help tells the names, Ctrl-D leaves",
            information.application,
            information.pid,
            written(information.uptime_ms),
            information.level
        );
        writeln!(out, "{}", self.colours.faint(&line))?;
        Ok(())
    }

    fn command(&mut self, code: &str) -> Result<(), Failure> {
        let output_buffer = Held::new(self.paged);
        let result = self.evaluate(code, &output_buffer);
        let mut parts = vec![(Style::new(), output_buffer.left())];
        if let Ok(Evaluation { text: Some(text), .. }) = &result {
            parts.extend(highlight::value(&colors::tame(text), self.colours));
            parts.push((Style::new(), "\n".to_owned()));
        }
        let shown = if self.paged { pager::page(&parts, &self.ending) } else { pager::print(&parts) };
        shown?;
        let mut out = io::stdout();
        match result {
            Ok(_) => {}
            Err(failure) if failure.kind() == FailureKind::Connection => {
                writeln!(out, "{}", self.colours.error(&failure.to_string()))?;
                writeln!(out, "{}", self.colours.error("note: whether the command has run is not known"))?;
                self.reconnect()?;
            }
            Err(failure) => writeln!(out, "{}", self.colours.error(&colors::tame(&failure.to_string())))?,
        }
        self.interrupt.take();
        Ok(())
    }

    fn evaluate(&self, code: &str, output_buffer: &Held) -> Result<Evaluation, Failure> {
        self.interrupt.take();
        let mut client = locked(&self.client);
        let id = client.start(&Eval::new(code).format(Format::Text))?;
        let keyboard = self.interrupt.of_keyboard();
        let interrupted = || {
            // What cannot be written now cannot be later either.
            let _ = output_buffer.look();
            keyboard.take_interrupt() || self.ending.is_asked_for()
        };
        let patience = Patience {
            interrupt: Some(&interrupted),
            progress: Some("running; Ctrl-C stops it"),
            ..Patience::default()
        };
        client.finish::<Eval>(&id, &patience, &mut |news| {
            if let News::Print(print) = news {
                output_buffer.print(&colors::tame(&print.text))?;
            }
            Ok(())
        })
    }

    /// Waits until the program is back, and begins a new session with it.
    fn reconnect(&mut self) -> Result<(), Failure> {
        let mut out = io::stdout();
        let label = locked(&self.client).information.application.clone();
        let (why, old) = {
            let mut client = locked(&self.client);
            client.is_closed();
            (client.farewell(), client.information.pid)
        };
        writeln!(out, "{}", self.colours.error(&format!("note: the connection has ended{why}")))?;
        self.interrupt.take();
        let mut progress = Progress::new(format!("waiting for {label} to come back; Ctrl-C leaves"));
        let comeback = Comeback::of(&self.found, self.way, old);
        let leaves = || self.interrupt.take() || self.ending.is_asked_for();
        let patience = Patience { interrupt: Some(&leaves), ..Patience::default() };
        let back = comeback.wait(&patience, || progress.tick());
        progress.clear();
        let Some(Back { client, found, note }) = back else {
            return Err(Failure::connection(format!("{label} has not come back")));
        };
        let line = format!("note: {note}; the session's variables are gone");
        writeln!(out, "{}", self.colours.error(&line))?;
        *locked(&self.client) = client;
        self.found = found;
        Ok(())
    }
}
