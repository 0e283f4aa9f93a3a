//! The line editor: completion, highlighting, multi-line input and history.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_protocol::methods::{Check, Complete, Completeness};
use manhole_protocol::text::clean;
use nu_ansi_term::Style;
use ratatui::crossterm::event::Event;
use reedline::{
    Completer, CompletionResult, DefaultHinter, DescriptionMode, EditCommand, EditMode, Emacs, Highlighter,
    IdeMenu, KeyCode, KeyModifiers, MenuBuilder, PromptEditMode, Reedline, ReedlineEvent, ReedlineMenu,
    ReedlineRawEvent, Signal, StyledText, ValidationResult, Validator, default_emacs_keybindings,
};

use super::completion_menu::{CompletionMenu, LeftOut, MAX_ROWS};
use super::history::{self, PrivateHistory, SecretCommand};
use super::plain_prompt::PlainPrompt;
use super::prompt::{ApplicationPrompt, INDICATOR};
use super::suggestions;
use super::typed_ahead::TypedAhead;
use crate::error::CliError;
use crate::terminal::colors::Colors;
use crate::terminal::highlight;
use crate::terminal::signals::{CtrlC, Termination};

const MENU: &str = "completion";

/// Keeps a command out of the history.
const HISTORY_EXCLUSION_PREFIX: &str = " ";

/// How often the editor checks whether the connection has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A session that the editor uses while the user types, and the prompt loop between commands.
pub(super) type SharedClient = Arc<Mutex<RpcClient>>;

/// The client, which is set after the editor is created.
type LateClient = Arc<OnceLock<SharedClient>>;

pub(super) struct Editor {
    line: Reedline,
    prompt: ApplicationPrompt,
    client: LateClient,
    checker: RemoteCompleter,
    termination: Termination,
    /// Translates keys that were pressed before the editor began.
    keys: PromptKeys,
}

/// Where the commands of an application are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HistoryKind {
    File,
    /// For this session alone.
    Memory,
}

impl Editor {
    /// Returns an editor with the history of the application that `client` is connected to.
    pub(super) fn new(
        client: &RpcClient,
        colors: Colors,
        history: HistoryKind,
        termination: Termination,
    ) -> Result<Self, CliError> {
        let slot = LateClient::default();
        let secret = SecretCommand::default();
        let more = LeftOut::default();
        let checker =
            RemoteCompleter { client: Arc::clone(&slot), secret: secret.clone(), more: more.clone() };
        let broken = Arc::new(AtomicBool::new(false));
        let mut keys = default_emacs_keybindings();
        keys.add_binding(
            KeyModifiers::NONE,
            KeyCode::Tab,
            ReedlineEvent::UntilFound(vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext]),
        );
        keys.add_binding(
            KeyModifiers::ALT,
            KeyCode::Enter,
            ReedlineEvent::Edit(vec![EditCommand::InsertNewline]),
        );
        let menu = IdeMenu::default()
            .with_name(MENU)
            .with_marker(INDICATOR)
            .with_max_completion_height(MAX_ROWS)
            .with_description_mode(DescriptionMode::PreferRight)
            .with_max_description_width(60)
            .with_text_style(Style::new());
        // Without colors the selected line begins with a marker, which would shift the border.
        let (menu, border) = if colors.are_on() { (menu.with_default_border(), 2) } else { (menu, 0) };
        let hint = if colors.are_on() { Style::new().dimmed() } else { Style::new() };
        let ending = termination.clone();
        let (watched, breaking) = (Arc::clone(&slot), Arc::clone(&broken));
        let mut line = Reedline::create()
            .with_edit_mode(Box::new(PromptKeys(Emacs::new(keys.clone()))))
            .with_completer(Box::new(checker.clone()))
            .with_validator(Box::new(checker.clone()))
            .with_history_exclusion_prefix(Some(HISTORY_EXCLUSION_PREFIX.to_owned()))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(CompletionMenu::new(menu, more, border))))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_ansi_colors(colors.are_on())
            .with_break_signal(broken)
            .with_poll_interval(POLL_INTERVAL)
            .with_idle_callback(Box::new(move || {
                if ending.is_requested()
                    || watched.get().is_some_and(|client| client.lock_ignoring_poison().is_closed())
                {
                    breaking.store(true, Ordering::SeqCst);
                }
            }));
        if colors.are_on() {
            line = line
                .with_hinter(Box::new(DefaultHinter::default().with_style(hint)))
                .with_highlighter(Box::new(SyntaxHighlighter));
        }
        let file = history::file(&client.info.application).filter(|_| history == HistoryKind::File);
        let opened = file.map(|file| (PrivateHistory::open(&file, secret.clone()), file));
        let history = match opened {
            Some((Ok(history), _)) => Ok(history),
            // The user may be here because the disk is full.
            Some((Err(error), file)) => {
                let note = format!("note: cannot open the history {}: {error}", file.display());
                writeln!(std::io::stderr(), "{}", colors.error(&note))?;
                PrivateHistory::in_memory(secret)
            }
            None => PrivateHistory::in_memory(secret),
        };
        line = line.with_history(Box::new(history.map_err(std::io::Error::other)?));
        let prompt = ApplicationPrompt::default();
        Ok(Self { line, prompt, client: slot, checker, termination, keys: PromptKeys(Emacs::new(keys)) })
    }

    pub(super) fn prompt(&self) -> &ApplicationPrompt {
        &self.prompt
    }

    /// Returns the last command that mentions a secret.
    pub(super) fn secret(&self) -> SecretCommand {
        self.checker.secret.clone()
    }

    /// Sets what the prompt shows.
    pub(super) fn set_prompt(&mut self, prompt: ApplicationPrompt) {
        self.prompt = prompt;
    }

    /// Sets the client for completion and checks.
    pub(super) fn set_client(&self, client: &SharedClient) {
        let _ = self.client.set(Arc::clone(client));
    }

    /// Reads a command. Begins with the keys that the user has pressed before.
    pub(super) fn read(&mut self, typed: &TypedAhead) -> Result<Signal, CliError> {
        // Ctrl-C drops the keys before it, as it does in the editor.
        typed.read()?;
        while let Some(event) = typed.pop() {
            match self.type_ahead(event) {
                Typed::Edited => {}
                Typed::Entered => return self.accept(),
                Typed::Ended => return Ok(Signal::CtrlD),
            }
        }
        Ok(self.line.read_line(&self.prompt)?)
    }

    /// Reads a command in a terminal that only prints text.
    pub(super) fn read_plain(&self, typed: &TypedAhead, ctrl_c: &CtrlC) -> Result<Signal, CliError> {
        let is_closed = || self.client.get().is_some_and(|client| client.lock_ignoring_poison().is_closed());
        let plain = PlainPrompt {
            prompt: &self.prompt,
            is_broken: &|| self.termination.is_requested() || is_closed(),
            is_interrupted: &|| ctrl_c.take(),
            validate: &|code| self.checker.validate(code),
        };
        Ok(plain.read(typed)?)
    }

    /// Handles a key that the user has pressed before. Ignores those that need a menu, or the history.
    fn type_ahead(&mut self, event: Event) -> Typed {
        let Ok(event) = ReedlineRawEvent::try_from(event) else { return Typed::Edited };
        let commands = match self.keys.parse_event(event) {
            ReedlineEvent::Edit(commands) => commands,
            ReedlineEvent::UntilFound(events) => events.into_iter().find_map(edit_of).into_iter().collect(),
            ReedlineEvent::Enter => match self.checker.validate(self.line.current_buffer_contents()) {
                ValidationResult::Complete => return Typed::Entered,
                ValidationResult::Incomplete => vec![EditCommand::InsertNewline],
            },
            ReedlineEvent::CtrlD if self.line.current_buffer_contents().is_empty() => return Typed::Ended,
            _ => Vec::new(),
        };
        self.line.run_edit_commands(&commands);
        Typed::Edited
    }

    /// Shows the line with its prompt, and returns it as if the user had pressed Enter now.
    fn accept(&mut self) -> Result<Signal, CliError> {
        self.accept_at_once(true);
        let result = self.line.read_line(&self.prompt);
        self.accept_at_once(false);
        Ok(result?)
    }

    fn accept_at_once(&mut self, accept: bool) {
        let line = std::mem::replace(&mut self.line, Reedline::create());
        self.line = line.with_immediately_accept(accept);
    }
}

/// What a key has done that was pressed before the editor began.
enum Typed {
    Edited,
    Entered,
    Ended,
}

/// Returns the edit of a key that moves the cursor.
fn edit_of(event: ReedlineEvent) -> Option<EditCommand> {
    match event {
        ReedlineEvent::Left => Some(EditCommand::MoveLeft { select: false }),
        ReedlineEvent::Right => Some(EditCommand::MoveRight { select: false }),
        ReedlineEvent::Edit(commands) => commands.into_iter().next(),
        _ => None,
    }
}

/// The keys of Emacs. A paste is one edit, which Enter runs.
struct PromptKeys(Emacs);

impl EditMode for PromptKeys {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        match Event::from(event) {
            Event::Paste(text) => ReedlineEvent::Edit(vec![EditCommand::InsertString(pasted(&text))]),
            event => match ReedlineRawEvent::try_from(event) {
                Ok(event) => self.0.parse_event(event),
                Err(()) => ReedlineEvent::None,
            },
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.0.edit_mode()
    }
}

/// Returns a pasted text without the line ends after it, and without control characters.
fn pasted(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    clean(text.trim_end_matches(['\n', ' '])).into_owned()
}

/// Completes and checks input through the session.
#[derive(Clone)]
struct RemoteCompleter {
    client: LateClient,
    secret: SecretCommand,
    /// How many candidates the session has left out.
    more: LeftOut,
}

impl Completer for RemoteCompleter {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        self.more.set(0);
        let Some(client) = self.client.get() else { return CompletionResult::fresh(Vec::new()) };
        // reedline counts bytes, the protocol characters.
        let cursor = line.get(..pos).map_or(0, |before| before.chars().count());
        let Ok(completions) = client.lock_ignoring_poison().call(&Complete::new(line, cursor)) else {
            return CompletionResult::fresh(Vec::new());
        };
        self.more.set(completions.more.unwrap_or(0));
        suggestions::suggestions(completions, line, pos)
    }
}

impl Validator for RemoteCompleter {
    fn validate(&self, line: &str) -> ValidationResult {
        let Some(client) = self.client.get() else { return ValidationResult::Complete };
        let Ok(check) = client.lock_ignoring_poison().call(&Check::new(line)) else {
            // Running it reports an error.
            return ValidationResult::Complete;
        };
        if check.secret == Some(true) {
            self.secret.set(line);
        }
        match check.state {
            Completeness::Incomplete => ValidationResult::Incomplete,
            _ => ValidationResult::Complete,
        }
    }
}

struct SyntaxHighlighter;

impl Highlighter for SyntaxHighlighter {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut styled = StyledText::new();
        highlight::spans(line).into_iter().for_each(|span| styled.push(span));
        styled
    }
}
