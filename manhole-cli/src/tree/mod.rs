//! `manhole tree`: browses and edits the values of an application; uses `connect` and `terminal`.
//!
//! Order of the files: `rows`, `edit`, `model`, `view`, `requests`.

mod edit;
mod model;
mod requests;
mod rows;
mod view;

use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::args::TreeArgs;
use crate::connect::rpc_client::RpcClient;
use crate::connect::screen_worker::{Report, ScreenWorker};
use crate::connect::target::Target;
use crate::connect::transport::ConnectOptions;
use crate::connect::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::CliError;
use crate::terminal::colors;
use crate::terminal::full_screen::{self, FullScreen, Message};
use crate::terminal::spinner::Spinner;
use model::Model;
use requests::{Job, Response, TreeRequests};
use rows::Row;
use view::{Foot, Mode, View};

/// How often the rows are fetched again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// How long a key waits for its report, so that both are drawn together.
const REPORT_TIMEOUT: Duration = Duration::from_millis(10);

pub(crate) fn tree(args: &TreeArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !full_screen::is_available() {
        return Err(CliError::NoTerminal {
            command: "show the tree",
            help: "to print a value as a tree, use `manhole eval TARGET 'tree(gizmo)'`",
        });
    }
    let target = Target::find(args.target.as_ref(), "tree")?;
    let client = RpcClient::connect(&target, options, &WaitOptions::default())?;
    let label = client.label.clone();
    let worker = ScreenWorker::start(TreeRequests::default(), client, target, options);
    let view = View::new(colors::output());
    let mut tree = Tree { label, worker, fetch_started: None, mode: Mode::Browse, message: None, view };
    let mut model = Model::new(args.path.clone());
    // Reports a wrong path before taking the screen.
    tree.first_fetch(&mut model)?;
    if let (Some(problem), Some(path)) = (model.problem(), &args.path) {
        return Err(CliError::Inspect { path: path.clone(), reason: problem.to_owned() });
    }
    let result = FullScreen::run(|screen| tree.run(screen, &mut model));
    tree.worker.stop();
    result
}

struct Tree {
    /// The label of the application.
    label: String,
    worker: ScreenWorker<TreeRequests>,
    /// When the running fetch started.
    fetch_started: Option<Instant>,
    mode: Mode,
    /// The outcome of the last action.
    message: Option<Message>,
    view: View,
}

impl Tree {
    /// Fetches the first rows, before the screen is taken.
    fn first_fetch(&mut self, model: &mut Model) -> Result<(), CliError> {
        let mut spinner = Spinner::new(format!("reading {}; Ctrl-C exits", self.label));
        self.fetch(model);
        loop {
            match self.worker.reports.recv_timeout(POLL_INTERVAL) {
                Ok(Report::Lost(error)) => return Err(error),
                Ok(report) => {
                    self.handle(report, model);
                    return Ok(());
                }
                Err(RecvTimeoutError::Timeout) => spinner.tick(),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(CliError::ConnectionLost {
                        label: self.label.clone(),
                        reason: String::new(),
                    });
                }
            }
        }
    }

    fn run(&mut self, screen: &mut FullScreen, model: &mut Model) -> Result<(), CliError> {
        let mut last_fetch = Instant::now();
        while !screen.should_exit() {
            screen.terminal.draw(|frame| {
                let foot = Foot {
                    mode: &self.mode,
                    message: self.message.as_ref(),
                    waited: self.fetch_started.map(|started| started.elapsed()),
                };
                self.view.draw(frame, model, &self.label, &foot);
            })?;
            if let Some(Event::Key(key)) = screen.event(POLL_INTERVAL)?
                && key.kind == KeyEventKind::Press
                && !self.key(key, model)
            {
                break;
            }
            if self.fetch_started.is_none()
                && (model.is_outdated() || last_fetch.elapsed() >= REFRESH_INTERVAL)
            {
                self.fetch(model);
                last_fetch = Instant::now();
            }
            // Draws a fast report together with the key.
            let mut timeout = REPORT_TIMEOUT;
            while let Ok(report) = self.worker.reports.recv_timeout(timeout) {
                self.handle(report, model);
                timeout = Duration::ZERO;
            }
        }
        Ok(())
    }

    fn fetch(&mut self, model: &mut Model) {
        if self.worker.jobs.send(Job::Fetch(model.request())).is_ok() {
            self.fetch_started = Some(Instant::now());
        }
    }

    fn handle(&mut self, report: Report<Response>, model: &mut Model) {
        self.message = Some(match report {
            Report::Finished(Response::Fetched(rows)) => {
                self.fetch_started = None;
                return model.set_rows(rows);
            }
            Report::Finished(Response::Written(path)) => Message::Done(format!("wrote {path}")),
            Report::Failed(error) => Message::Failed(error.message()),
            Report::Lost(error) => Message::Failed(format!("{}; waiting for it to restart", error.message())),
            Report::Reconnected { label, note } => {
                (self.label, self.fetch_started) = (label, None);
                model.outdate();
                Message::Done(note)
            }
        });
    }

    /// Handles a key. Returns whether the tree continues.
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
                    // The worker fetches after it has written.
                    let _ = self.worker.jobs.send(Job::Write { path, value });
                    model.outdate();
                } else {
                    self.message = Some(Message::Done("nothing written".to_owned()));
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
            KeyCode::Char('n') => self.report_match(model.find_next()),
            KeyCode::Char('N') => self.report_match(model.find_previous()),
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
                self.report_match(model.find_next());
            }
            _ => {
                input.handle_event(&Event::Key(key));
                self.mode = Mode::Search(input);
            }
        }
    }

    fn report_match(&mut self, found: bool) {
        if !found {
            self.message = Some(Message::Failed("cannot find the text in the open values".to_owned()));
        }
    }

    fn edit(&mut self, key: KeyEvent, path: String, mut input: Input) {
        self.mode = match key.code {
            KeyCode::Esc => Mode::Browse,
            KeyCode::Enter if input.value().trim().is_empty() => {
                self.message = Some(Message::Done("nothing written".to_owned()));
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
