//! `manhole tree`: browses and edits the values of an application; uses `connect` and `terminal`.
//!
//! Order of the files: `paths`, `rows`, `edit`, `filter`, `table`, `save`, `model`, `form`, `requests`, `dialog`, `overlay`, `view`,
//! `keys`, `mouse`.

mod dialog;
mod edit;
mod filter;
mod form;
mod keys;
mod model;
mod mouse;
mod overlay;
mod paths;
mod requests;
mod rows;
mod save;
mod table;
mod view;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use manhole_client::ConnectOptions;
use manhole_client::cli_support::Cause;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use manhole_protocol::methods::Description;
use ratatui::crossterm::event::{Event, KeyEventKind};

use crate::args::TreeArgs;
use crate::connect::configured;
use crate::connect::screen_worker::{Report, ScreenWorker};
use crate::error::{CliError, CliErrorKind};
use crate::terminal::colors;
use crate::terminal::full_screen::{self, FullScreen, Message};
use crate::terminal::spinner::Spinner;
use crate::terminal::wait::wait_options;
use dialog::{Collection, Confirm, Menu, Mode};
use filter::{MAX_MATCHES, Progress};
use model::Model;
use requests::{Answer, Job, Purpose, Response, Shared, TreeRequests, UserJob};
use save::Overwrite;
use table::Table;
use view::{Pending, Shown, View};

/// How often the rows are fetched again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// How many times longer than the last sort the time to the next one is: a table takes at most 5 % of a processor.
const TABLE_INTERVAL_FACTOR: u32 = 20;

/// How long a key waits for its report, so that both are drawn together.
const REPORT_TIMEOUT: Duration = Duration::from_millis(10);

pub(crate) fn tree(args: &TreeArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if !full_screen::is_available() {
        return Err(CliError::NoTerminal {
            command: "show the tree",
            help: "to print a value as a tree, use `manhole eval TARGET 'tree(gizmo)'`",
        });
    }
    let target = configured::find(args.target.as_ref(), "tree")?.target;
    let client = RpcClient::connect(&target, options, &wait_options())?;
    let (label, level) = (client.label.clone(), client.info.level.clone());
    let shared = Arc::new(Shared::default());
    let worker = ScreenWorker::start(TreeRequests::new(Arc::clone(&shared)), client, target, options);
    let mut tree = Tree {
        label,
        level,
        worker,
        shared,
        last_number: 0,
        pending: None,
        filtered: None,
        fetch_started: None,
        mode: Mode::Browse,
        table: None,
        table_behind: None,
        table_due: None,
        message: None,
        view: View::new(colors::output()),
        uses_mouse: true,
        last_click: None,
    };
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
    /// The access level of the session.
    level: String,
    worker: ScreenWorker<TreeRequests>,
    shared: Arc<Shared>,
    /// The number of the last request that the user waits for.
    last_number: u64,
    /// The request that the user waits for.
    pending: Option<Pending>,
    /// The collection of the last filter, and what was typed.
    filtered: Option<(Collection, String)>,
    /// When the running fetch started.
    fetch_started: Option<Instant>,
    mode: Mode,
    /// The table over the rows.
    table: Option<Table>,
    /// The table from which the selected row was opened: Esc leads back to it.
    table_behind: Option<Table>,
    /// When the table is fetched again.
    table_due: Option<Instant>,
    /// The outcome of the last action.
    message: Option<Message>,
    view: View,
    uses_mouse: bool,
    /// When and on which row the last click was.
    last_click: Option<(Instant, usize)>,
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
                    return Err(
                        Cause::ConnectionLost { label: self.label.clone(), reason: String::new() }.into()
                    );
                }
            }
        }
    }

    fn run(&mut self, screen: &mut FullScreen, model: &mut Model) -> Result<(), CliError> {
        let mut last_fetch = Instant::now();
        while !screen.should_exit() {
            // The terminal selects a path that is shown for it.
            screen.capture_mouse(self.uses_mouse && !matches!(self.mode, Mode::Path(_)));
            let progress = self.shared.progress.lock_ignoring_poison().clone();
            let can_write = self.can_write();
            screen.terminal.draw(|frame| {
                let shown = Shown {
                    label: &self.label,
                    level: &self.level,
                    can_write,
                    mode: &self.mode,
                    message: self.message.as_ref(),
                    pending: self.pending.as_ref(),
                    progress: &progress,
                    waited: self.fetch_started.map(|started| started.elapsed()),
                };
                self.view.draw(frame, model, self.table.as_mut(), &shown);
            })?;
            let continues = match screen.event(POLL_INTERVAL)? {
                Some(Event::Key(key)) if key.kind == KeyEventKind::Press => self.key(key, model),
                Some(Event::Mouse(event)) => {
                    self.mouse(event, model);
                    true
                }
                _ => true,
            };
            if !continues {
                break;
            }
            let is_due = model.is_outdated() || last_fetch.elapsed() >= REFRESH_INTERVAL;
            if self.fetch_started.is_none() && self.pending.is_none() && self.table.is_none() && is_due {
                self.fetch(model);
                last_fetch = Instant::now();
            }
            if self.pending.is_none() && self.table_due.is_some_and(|due| due <= Instant::now()) {
                self.table_due = None;
                self.refresh_table_in_background();
            }
            // Draws a fast report together with the key.
            let mut timeout = REPORT_TIMEOUT;
            while let Ok(report) = self.worker.reports.recv_timeout(timeout) {
                self.handle(report, model);
                timeout = Duration::ZERO;
            }
        }
        self.drop_pending();
        Ok(())
    }

    fn fetch(&mut self, model: &mut Model) {
        if self.worker.jobs.send(Job::Fetch(model.request())).is_ok() {
            self.fetch_started = Some(Instant::now());
        }
    }

    /// Sends a request that the user waits for. It takes the place of one that still runs.
    fn send(&mut self, job: UserJob) {
        self.drop_pending();
        self.last_number += 1;
        let number = self.last_number;
        let what = match &job {
            UserJob::Write { path, .. } => format!("writing {path}"),
            UserJob::Describe { path, .. } => format!("reading the type of {path}"),
            UserJob::Call { code } => format!("calling {code}"),
            UserJob::Locate(paths) => format!("looking for {}", paths.first().map_or("", String::as_str)),
            UserJob::Filter { path, .. } => format!("filtering {path}"),
            UserJob::Table(query) => format!("reading {}", query.path),
            UserJob::Save { path, .. } => format!("saving {path}"),
        };
        let is_filter = matches!(job, UserJob::Filter { .. });
        if self.worker.jobs.send(Job::User(number, job)).is_ok() {
            let started = Instant::now();
            self.pending = Some(Pending { number, what, is_filter, is_background: false, started });
        }
    }

    /// Fetches the table again, without a request of the user.
    fn refresh_table_in_background(&mut self) {
        self.refresh_table();
        if let Some(pending) = &mut self.pending {
            pending.is_background = true;
        }
    }

    /// Cancels the request that the user waits for. Returns whether the screen shows that there is one.
    fn cancel(&mut self) -> bool {
        let Some(pending) = self.drop_pending().filter(Pending::is_shown) else { return false };
        self.message = Some(Message::Done(format!("cancelled: {}", pending.what)));
        if let Some(table) = &mut self.table {
            table.revert();
        }
        true
    }

    fn drop_pending(&mut self) -> Option<Pending> {
        let pending = self.pending.take()?;
        self.shared.cancelled.store(pending.number, Ordering::SeqCst);
        Some(pending)
    }

    fn handle(&mut self, report: Report<Response>, model: &mut Model) {
        self.message = Some(match report {
            Report::Finished(Response::Fetched(rows)) => {
                self.fetch_started = None;
                return model.set_rows(rows);
            }
            Report::Finished(Response::User(number, answer)) => {
                return self.handle_answer(number, answer, model);
            }
            Report::Failed(error) => Message::Failed(error.message()),
            Report::Lost(error) => {
                self.pending = None;
                Message::Failed(format!("{}; waiting for it to restart", error.message()))
            }
            Report::Reconnected { label, note } => {
                (self.label, self.fetch_started, self.pending) = (label, None, None);
                self.table_due = Some(Instant::now());
                model.outdate();
                Message::Done(note)
            }
        });
    }

    fn handle_answer(&mut self, number: u64, answer: Result<Answer, CliError>, model: &mut Model) {
        if self.pending.as_ref().is_none_or(|pending| pending.number != number) {
            // The user has cancelled it.
            return;
        }
        self.pending = None;
        self.message = Some(match answer {
            Err(error) if error.kind() == CliErrorKind::Interrupted => return,
            Err(error) => {
                if let Some(table) = &mut self.table {
                    table.revert();
                }
                Message::Failed(with_help(&error))
            }
            Ok(Answer::Written(path)) => {
                model.outdate();
                Message::Done(format!("wrote {path}"))
            }
            Ok(Answer::Called { code, text }) => {
                model.outdate();
                self.mode = Mode::Answer(dialog::Answer { title: code, text, top: 0 });
                return;
            }
            Ok(Answer::Described { path, purpose, description }) => {
                return self.described(path, purpose, *description, model);
            }
            Ok(Answer::Located(path)) => {
                self.table_behind = self.table.take();
                return model.reveal(&path);
            }
            Ok(Answer::Filtered { path, found, stopped }) => {
                return self.show_matches(&path, found, stopped, model);
            }
            Ok(Answer::Table { rows, took }) => {
                self.table_due = Some(Instant::now() + REFRESH_INTERVAL.max(took * TABLE_INTERVAL_FACTOR));
                if let Some(table) = &mut self.table {
                    table.set_rows(rows);
                }
                return;
            }
            Ok(Answer::Saved { file, is_cut: false }) => Message::Done(format!("saved to {file}")),
            Ok(Answer::Saved { file, is_cut: true }) => {
                Message::Failed(format!("saved to {file}, but the value is too large: parts are \"<cut>\""))
            }
            Ok(Answer::Exists { path, file }) => {
                let question = format!("{file} exists: replace it?");
                let job = UserJob::Save { path, file, overwrite: Overwrite::Confirmed };
                self.mode = Mode::Confirm(Confirm { question, job });
                return;
            }
        });
    }

    fn described(&mut self, path: String, purpose: Purpose, description: Description, model: &Model) {
        if purpose == Purpose::Methods {
            let type_name = description.r#type.clone();
            match Menu::of_methods(path, description) {
                Some(menu) => self.mode = Mode::Menu(menu),
                None => self.fail(&format!("{type_name} has no methods")),
            }
            return;
        }
        let row = model.selected().filter(|row| row.path.as_ref() == Some(&path));
        let text = row.map(|row| row.text.clone()).unwrap_or_default();
        let source = row.and_then(|row| row.editable_text().ok()).map(|(_, source)| source);
        match Menu::of_variants(path.clone(), &description, &text) {
            Some(menu) => self.mode = Mode::Menu(menu),
            None if description.r#type.contains("Option<bool>") => {
                self.mode = Mode::Menu(Menu::of_bool(path, &text));
            }
            None => self.edit_line(path, &source.unwrap_or_default()),
        }
    }

    fn show_matches(&mut self, path: &str, found: Progress, stopped: Option<String>, model: &mut Model) {
        let Some((collection, typed)) = self.filtered.take() else { return };
        let (count, total) = (found.count(), found.total);
        if count == 0 && stopped.is_none() {
            return self.fail(&format!("nothing in {path} matches {typed}"));
        }
        let mut note = format!("{count} of {total} match {typed}; Esc shows all");
        if let Some(stopped) = stopped {
            note = format!("{count} match {typed}, not all were searched: {stopped}; Esc shows all");
        } else if count >= MAX_MATCHES {
            note = format!("the first {count} of {total} that match {typed}; Esc shows all");
        }
        model.narrow(path, found.into_narrowed(path, collection.has_char_keys, note));
    }
}

/// Returns an error with its advice, in one line.
fn with_help(error: &CliError) -> String {
    let help = error.server().and_then(|error| error.data.as_ref()?.help.as_deref());
    help.map_or_else(|| error.message(), |help| format!("{}; {help}", error.message()))
}
