//! `manhole top`: one screen of what an application does; uses `connect` and `terminal`.
//!
//! Order of the files: `cells`, `sections`, `table`, `requests`, `model`, `columns`, `heights`, `plain`, `view`.

mod cells;
mod columns;
mod heights;
mod model;
mod plain;
mod requests;
mod sections;
mod table;
mod view;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use manhole_client::ConnectOptions;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use manhole_protocol::text::clean;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::args::TopArgs;
use crate::connect::configured;
use crate::connect::screen_worker::{Report, ScreenRequests, ScreenWorker};
use crate::error::CliError;
use crate::terminal::full_screen::{self, FullScreen, Message};
use crate::terminal::wait::wait_options;
use crate::terminal::{colors, output};
use model::Model;
use requests::{Job, Response, TopRequests};
use view::{Mode, Screen};

/// How often the application is asked.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// How many rows a page has.
const PAGE_ROWS: usize = 10;

pub(crate) fn top(args: &TopArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !args.once && !full_screen::is_available() {
        return Err(CliError::NoTerminal {
            command: "show the screen",
            help: "to print it once as text, use `manhole top TARGET --once`",
        });
    }
    let target = configured::find(args.target.as_ref(), "top")?.target;
    let mut client = RpcClient::connect(&target, options, &wait_options())?;
    let mut model = Model::new();
    if args.once {
        let mut requests = TopRequests::default();
        requests.begin(&mut client);
        if let Response::Refreshed(round) = requests.run(&mut client, Job::Refresh(model.selections()))? {
            model.update(*round);
        }
        output::print(&plain::text(&model))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (label, level) = (client.label.clone(), client.info.level.clone());
    let worker = ScreenWorker::start(TopRequests::default(), client, target, options);
    let mut top = Top { label, level, worker, round_started: None, mode: Mode::Browse, message: None };
    let result = FullScreen::run(|screen| top.run(screen, &mut model));
    top.worker.stop();
    result
}

struct Top {
    /// The label of the application.
    label: String,
    /// The access level of the session.
    level: String,
    worker: ScreenWorker<TopRequests>,
    /// When the running round started.
    round_started: Option<Instant>,
    mode: Mode,
    /// The outcome of the last action.
    message: Option<Message>,
}

impl Top {
    fn run(&mut self, screen: &mut FullScreen, model: &mut Model) -> Result<(), CliError> {
        let mut last_round: Option<Instant> = None;
        let colors = colors::output();
        while !screen.should_exit() {
            let is_due = last_round.is_none_or(|last| last.elapsed() >= REFRESH_INTERVAL);
            if self.round_started.is_none() && is_due && !model.is_paused {
                last_round = Some(Instant::now());
                if self.worker.jobs.send(Job::Refresh(model.selections())).is_ok() {
                    self.round_started = last_round;
                }
            }
            for report in self.worker.reports.try_iter().collect::<Vec<_>>() {
                self.handle(report, model);
            }
            screen.terminal.draw(|frame| {
                let waited = self.round_started.map(|started| started.elapsed());
                let (label, message) = (self.label.as_str(), self.message.as_ref());
                Screen { label, mode: &self.mode, message, waited, colors }.draw(frame, model);
            })?;
            if let Some(Event::Key(key)) = screen.event(POLL_INTERVAL)?
                && key.kind == KeyEventKind::Press
                && !self.key(key, model)
            {
                break;
            }
        }
        Ok(())
    }

    fn handle(&mut self, report: Report<Response>, model: &mut Model) {
        self.message = Some(match report {
            Report::Finished(Response::Refreshed(round)) => {
                self.round_started = None;
                return model.update(*round);
            }
            Report::Finished(Response::Opened { path, text }) => {
                // The user may have gone on.
                if let Mode::Browse = self.mode {
                    self.mode = Mode::Opened { path, text, top: 0 };
                }
                return;
            }
            Report::Finished(Response::Done(done)) => Message::Done(done),
            Report::Failed(error) => Message::Failed(error.message()),
            Report::Lost(error) => Message::Failed(format!("{}; waiting for it to restart", error.message())),
            Report::Reconnected { label, note } => {
                (self.label, self.round_started) = (label, None);
                Message::Done(note)
            }
        });
    }

    /// Handles a key. Returns whether the screen stays.
    fn key(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return false;
        }
        match std::mem::replace(&mut self.mode, Mode::Browse) {
            Mode::Browse => return self.browse(key, model),
            Mode::Help => {}
            Mode::Filter(input) => self.filter(key, input, model),
            Mode::Opened { path, text, top } => {
                let top = match key.code {
                    KeyCode::Down | KeyCode::Char('j') => top.saturating_add(1),
                    KeyCode::PageDown => top.saturating_add(10),
                    KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
                    KeyCode::PageUp => top.saturating_sub(10),
                    _ => return true,
                };
                let last = u16::try_from(text.lines().count()).unwrap_or(u16::MAX).saturating_sub(1);
                self.mode = Mode::Opened { path, text, top: top.min(last) };
            }
            Mode::Confirm { code, done, .. } => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    let _ = self.worker.jobs.send(Job::Act { code, done });
                } else {
                    self.message = Some(Message::Done("nothing done".to_owned()));
                }
            }
        }
        true
    }

    fn browse(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        self.message = None;
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Tab | KeyCode::Right => model.go(1),
            KeyCode::BackTab | KeyCode::Left => model.go(model.sections.len() - 1),
            KeyCode::Char(digit @ '1'..='9') => {
                model.go_to(digit.to_digit(10).and_then(|number| usize::try_from(number).ok()).unwrap_or(0));
            }
            KeyCode::Down | KeyCode::Char('j') => model.current_mut().down(1),
            KeyCode::Up | KeyCode::Char('k') => model.current_mut().up(1),
            KeyCode::PageDown => model.current_mut().down(PAGE_ROWS),
            KeyCode::PageUp => model.current_mut().up(PAGE_ROWS),
            KeyCode::Home | KeyCode::Char('g') => model.current_mut().up(usize::MAX),
            KeyCode::End | KeyCode::Char('G') => model.current_mut().down(usize::MAX),
            KeyCode::Char('s') => model.current_mut().sort_by_next(),
            KeyCode::Char('/') => {
                self.mode = Mode::Filter(Input::new(model.current().selection.filter.clone()));
            }
            KeyCode::Enter => {
                if let Some(row) = model.current().row() {
                    let _ = self.worker.jobs.send(Job::Open { path: row.path.clone() });
                }
            }
            KeyCode::Char('a') => self.ask_to_act(model),
            KeyCode::Char(' ') => model.is_paused = !model.is_paused,
            KeyCode::Char('?') => self.mode = Mode::Help,
            _ => {}
        }
        true
    }

    fn filter(&mut self, key: KeyEvent, mut input: Input, model: &mut Model) {
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => model.current_mut().filter(input.value()),
            _ => {
                input.handle_event(&Event::Key(key));
                self.mode = Mode::Filter(input);
            }
        }
    }

    /// Asks whether to abort the selected task, or to end the selected session.
    fn ask_to_act(&mut self, model: &Model) {
        let state = model.current();
        let section = state.section;
        let Some(action) = &section.action else {
            let error = format!("cannot abort {}: only tasks and sessions", section.name);
            self.message = Some(Message::Failed(error));
            return;
        };
        let Some(row) = state.row() else { return };
        if !sections::may(&self.level, action.level) {
            let error = format!("cannot {} it: it takes the level {}", action.verb, action.level);
            self.message = Some(Message::Failed(error));
            return;
        }
        self.mode = Mode::Confirm {
            question: format!("y to {} {}, any other key cancels", action.verb, clean(&row.path)),
            code: format!("{}.{}()", row.path, action.method),
            done: format!("called {} of {}", action.method, clean(&row.path)),
        };
    }
}
