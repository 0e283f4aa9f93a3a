//! `manhole tree`: the values of a program, to browse and to change.

mod edit;
mod model;
mod rows;
mod view;
mod worker;

use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::args::TreeArgs;
use crate::connect::rpc_client::RpcClient;
use crate::connect::target::Target;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{CliError, CliErrorKind};
use crate::terminal::colors;
use crate::terminal::full_screen::{self, FullScreen};
use crate::terminal::spinner::Spinner;
use model::Model;
use rows::Row;
use view::View;
use worker::{Job, Report, Worker};

/// How often what is shown is looked at again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// What comes within so long after a key belongs to it.
const REPORT_TIMEOUT: Duration = Duration::from_millis(10);

pub(crate) fn tree(args: &TreeArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !full_screen::is_available() {
        return Err(CliError::usage("tree needs a terminal")
            .help("`manhole eval TARGET 'tree(gizmo)'` prints a value with all that is in it"));
    }
    let found = Target::find(args.target.as_ref(), "tree")?;
    let client = RpcClient::connect(&found, options, &WaitOptions::default())?;
    let (label, worker) = (client.label.clone(), Worker::start(client, found, options));
    let view = View::new(colors::output().0);
    let mut tree = Tree { label, worker, asked: None, mode: Mode::Browse, message: None, view };
    let mut model = Model::new(args.path.clone());
    // What is wrong with the path is said before the screen is taken.
    tree.begin(&mut model)?;
    if let (Some(problem), Some(path)) = (model.problem(), &args.path) {
        return Err(CliError::new(CliErrorKind::Command, format!("{path}: {problem}")));
    }
    let result = FullScreen::run(|screen| tree.run(screen, &mut model));
    tree.worker.end();
    result
}

struct Tree {
    /// The program that is looked at.
    label: String,
    worker: Worker,
    /// Since when an answer is waited for, if one is.
    asked: Option<Instant>,
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

impl Tree {
    /// Looks for the first time.
    fn begin(&mut self, model: &mut Model) -> Result<(), CliError> {
        let mut spinner = Spinner::new(format!("looking at {}; Ctrl-C leaves", self.label));
        self.fetch(model);
        loop {
            match self.worker.reports.recv_timeout(POLL_INTERVAL) {
                Ok(Report::Lost(error)) => return Err(error),
                Ok(report) => {
                    self.take(report, model);
                    return Ok(());
                }
                Err(RecvTimeoutError::Timeout) => spinner.tick(),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(CliError::connection("it cannot be looked at"));
                }
            }
        }
    }

    fn run(&mut self, screen: &mut FullScreen, model: &mut Model) -> Result<(), CliError> {
        let mut looked = Instant::now();
        while !screen.should_exit() {
            let waited = self.asked.map(|since| since.elapsed());
            screen.terminal.draw(|frame| {
                self.view.draw(frame, model, &self.mode, self.message.as_ref(), &self.label, waited);
            })?;
            if let Some(Event::Key(key)) = screen.event(POLL_INTERVAL)?
                && key.kind == KeyEventKind::Press
                && !self.key(key, model)
            {
                break;
            }
            if self.asked.is_none() && (model.is_outdated() || looked.elapsed() >= REFRESH_INTERVAL) {
                self.fetch(model);
                looked = Instant::now();
            }
            // What is there at once is drawn with what the key has changed.
            let mut wait = REPORT_TIMEOUT;
            while let Ok(report) = self.worker.reports.recv_timeout(wait) {
                self.take(report, model);
                wait = Duration::ZERO;
            }
        }
        Ok(())
    }

    fn fetch(&mut self, model: &mut Model) {
        if self.worker.jobs.send(Job::Fetch(model.request())).is_ok() {
            self.asked = Some(Instant::now());
        }
    }

    fn take(&mut self, report: Report, model: &mut Model) {
        self.message = Some(match report {
            Report::Fetched(rows) => {
                self.asked = None;
                return model.take(rows);
            }
            Report::Written(path) => Message::Done(format!("{path} is written")),
            Report::NotWritten(error) => Message::Failed(error.message().to_owned()),
            Report::Lost(error) => {
                Message::Failed(format!("{}; waiting for it to come back", error.message()))
            }
            Report::Reconnected { label, note } => {
                (self.label, self.asked) = (label, None);
                model.outdate();
                Message::Done(note)
            }
        });
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
                    // It is looked at again after that.
                    let _ = self.worker.jobs.send(Job::Write { path, value });
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
            KeyCode::Char('e') => match model.selected().map(Row::editable_text) {
                Some(Ok((path, text))) => self.mode = Mode::Edit { path, input: Input::new(text) },
                Some(Err(why)) => self.message = Some(Message::Failed(why)),
                None => {}
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
            KeyCode::Enter if input.value().trim().is_empty() => {
                self.message = Some(Message::Done("nothing was written".to_owned()));
                Mode::Browse
            }
            KeyCode::Enter => Mode::Confirm { path, value: input.value().to_owned() },
            _ => {
                input.handle_event(&Event::Key(key));
                Mode::Edit { path, input }
            }
        };
    }
}
