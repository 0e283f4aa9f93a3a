//! `manhole tree`: the values of a program, to browse and to change.

mod model;
mod view;

use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::method::{Eval, Format};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::args::TreeArgs;
use crate::client::Client;
use crate::comeback::{Back, Comeback};
use crate::failure::{Failure, FailureKind};
use crate::patience::Patience;
use crate::screen::{self, Screen};
use crate::style;
use crate::target::{Found, Target};
use crate::transport::Way;
use model::Model;
use view::View;

/// How often what is shown is looked at again.
const REFRESH: Duration = Duration::from_secs(1);

pub(crate) fn tree(args: &TreeArgs, way: &Way) -> Result<ExitCode, Failure> {
    if !screen::is_there() {
        return Err(Failure::usage("tree needs a terminal")
            .help("`manhole eval TARGET 'tree(gizmo)'` prints a value with all that is in it"));
    }
    let found = Target::find(args.target.as_ref(), "tree")?;
    let client = Client::connect(&found, way, &Patience::default())?;
    let mut model = Model::new(args.path.clone());
    let view = View::new(style::output().0);
    let mut tree = Tree { client, found, way, comeback: None, mode: Mode::Browse, message: None, view };
    // What is wrong with the path is said before the screen is taken.
    model.load(&mut tree.client)?;
    if let (Some(problem), Some(path)) = (model.problem(), &args.path) {
        return Err(Failure::new(FailureKind::Command, format!("{path}: {problem}")));
    }
    Screen::show(|screen| tree.run(screen, &mut model))
}

struct Tree<'a> {
    client: Client,
    found: Found,
    way: &'a Way,
    /// Where the program is told to be back, if it has gone.
    comeback: Option<Receiver<Back>>,
    mode: Mode,
    /// What came of the last thing that was done.
    message: Option<Message>,
    view: View,
}

/// Something to say at the foot of the screen.
pub(crate) enum Message {
    Done(String),
    Failed(String),
}

/// What keys are for.
pub(crate) enum Mode {
    Browse,
    Help,
    /// A text to search for is typed.
    Search(Input),
    /// A new value for the path is typed.
    Edit {
        path: String,
        input: Input,
    },
    /// The value is about to be written.
    Confirm {
        path: String,
        value: String,
    },
}

impl Tree<'_> {
    fn run(&mut self, screen: &mut Screen, model: &mut Model) -> Result<(), Failure> {
        let mut loaded = Instant::now();
        while !screen.is_over() {
            screen.terminal.draw(|frame| {
                self.view.draw(frame, model, &self.mode, self.message.as_ref(), &self.client.label);
            })?;
            match screen.event(REFRESH.saturating_sub(loaded.elapsed()))? {
                Some(Event::Key(key)) if key.kind == KeyEventKind::Press && !self.key(key, model) => {
                    return Ok(());
                }
                Some(Event::Key(_)) | None => {}
                Some(_) => continue,
            }
            if loaded.elapsed() >= REFRESH || model.is_outdated() {
                self.load(model)?;
                loaded = Instant::now();
            }
        }
        Ok(())
    }

    /// Looks at the values again; where the program has gone, whether it is back.
    fn load(&mut self, model: &mut Model) -> Result<(), Failure> {
        if let Some(comeback) = &self.comeback {
            if let Ok(Back { client, found, note }) = comeback.try_recv() {
                (self.client, self.found, self.comeback) = (client, found, None);
                self.message = Some(Message::Done(note));
                model.outdate();
            }
            return Ok(());
        }
        let lost = match model.load(&mut self.client) {
            Err(failure) if failure.kind() == FailureKind::Connection => failure,
            result => return result,
        };
        self.message = Some(Message::Failed(format!("{}; waiting for it to come back", lost.message())));
        let comeback = Comeback::of(&self.found, self.way, self.client.information.pid);
        let (sender, receiver) = mpsc::channel();
        self.comeback = Some(receiver);
        // Not here: to reach another machine may take long, and keys are to be heard meanwhile.
        thread::spawn(move || {
            if let Some(back) = comeback.wait(&Patience::default(), || {}) {
                let _ = sender.send(back);
            }
        });
        Ok(())
    }

    /// Does what a key says; answers whether to go on.
    fn key(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return false;
        }
        match std::mem::replace(&mut self.mode, Mode::Browse) {
            Mode::Browse => return self.browse(key, model),
            Mode::Help => {}
            Mode::Search(input) => self.search(key, input, model),
            Mode::Edit { path, input } => self.edit(key, path, input),
            Mode::Confirm { path, value } => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    self.write(&path, &value);
                    model.outdate();
                } else {
                    self.message = Some(Message::Done("nothing was written".to_owned()));
                }
            }
        }
        true
    }

    fn browse(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        self.message = None;
        let page = self.view.height().saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Down | KeyCode::Char('j') => model.down(1),
            KeyCode::Up | KeyCode::Char('k') => model.up(1),
            KeyCode::PageDown => model.down(page),
            KeyCode::PageUp => model.up(page),
            KeyCode::Home | KeyCode::Char('g') => model.up(usize::MAX),
            KeyCode::End | KeyCode::Char('G') => model.down(usize::MAX),
            KeyCode::Enter | KeyCode::Char(' ') => model.toggle(),
            KeyCode::Right | KeyCode::Char('l') => model.open(),
            KeyCode::Left | KeyCode::Char('h') => model.close(),
            KeyCode::Char('r') => model.outdate(),
            KeyCode::Char('?') => self.mode = Mode::Help,
            KeyCode::Char('/') => self.mode = Mode::Search(Input::default()),
            KeyCode::Char('n') => self.found(model.find_next()),
            KeyCode::Char('N') => self.found(model.find_previous()),
            KeyCode::Char('e') => match model.selected().map(|row| (row.path.clone(), row.typed())) {
                Some((Some(path), text)) => self.mode = Mode::Edit { path, input: Input::new(text) },
                _ => {
                    let why = "no path leads there, so it cannot be written".to_owned();
                    self.message = Some(Message::Failed(why));
                }
            },
            _ => {}
        }
        true
    }

    fn search(&mut self, key: KeyEvent, mut input: Input, model: &mut Model) {
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => {
                model.search(input.value());
                self.found(model.find_next());
            }
            _ => {
                input.handle_event(&Event::Key(key));
                self.mode = Mode::Search(input);
            }
        }
    }

    fn found(&mut self, found: bool) {
        if !found {
            self.message = Some(Message::Failed("not found among what is open".to_owned()));
        }
    }

    fn edit(&mut self, key: KeyEvent, path: String, mut input: Input) {
        self.mode = match key.code {
            KeyCode::Esc => Mode::Browse,
            KeyCode::Enter => Mode::Confirm { path, value: input.value().to_owned() },
            _ => {
                input.handle_event(&Event::Key(key));
                Mode::Edit { path, input }
            }
        };
    }

    /// Writes what was typed, as it would be at a prompt.
    fn write(&mut self, path: &str, value: &str) {
        let eval = Eval::new(format!("{path} = {value}")).format(Format::Text);
        self.message = Some(match self.client.call(&eval) {
            Ok(_) => Message::Done(format!("{path} is written")),
            Err(failure) => Message::Failed(failure.message().to_owned()),
        });
    }
}
