//! The line editor: completion, highlighting, multi-line input and history.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use manhole_protocol::methods::{Candidate, Check, Complete, Completeness};
use manhole_protocol::text::clean;
use nu_ansi_term::{Color, Style};
use reedline::{
    Completer, CompletionResult, DefaultHinter, DescriptionMode, EditCommand, Emacs, FileBackedHistory,
    Highlighter, IdeMenu, KeyCode, KeyModifiers, MenuBuilder, Prompt, PromptEditMode, PromptHistorySearch,
    PromptHistorySearchStatus, Reedline, ReedlineEvent, ReedlineMenu, Signal, Span, StyledText, Suggestion,
    ValidationResult, Validator, default_emacs_keybindings,
};

use crate::connect::rpc_client::RpcClient;
use crate::error::CliError;
use crate::sync::LockIgnoringPoison;
use crate::terminal::colors::Colors;
use crate::terminal::highlight;
use crate::terminal::signals::Termination;

const MENU: &str = "completion";

/// Separates the prompt from the input, with and without the menu.
const INDICATOR: &str = "> ";

/// How many lines of history each application has.
const MAX_HISTORY_LINES: usize = 10_000;

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
}

impl Editor {
    /// Returns an editor with the history of the application that `client` is connected to.
    pub(super) fn new(
        client: &RpcClient,
        colors: Colors,
        termination: Termination,
    ) -> Result<Self, CliError> {
        let slot = LateClient::default();
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
            .with_max_completion_height(12)
            .with_description_mode(DescriptionMode::PreferRight)
            .with_max_description_width(60)
            .with_text_style(Style::new());
        // Without colors the selected line begins with a marker, which would shift the border.
        let menu = if colors.are_on() { menu.with_default_border() } else { menu };
        let hint = if colors.are_on() { Style::new().dimmed() } else { Style::new() };
        let (watched, breaking) = (Arc::clone(&slot), Arc::clone(&broken));
        let mut line = Reedline::create()
            .with_edit_mode(Box::new(Emacs::new(keys)))
            .with_completer(Box::new(RemoteCompleter(Arc::clone(&slot))))
            .with_validator(Box::new(RemoteCompleter(Arc::clone(&slot))))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_ansi_colors(colors.are_on())
            .with_break_signal(broken)
            .with_poll_interval(POLL_INTERVAL)
            .with_idle_callback(Box::new(move || {
                if termination.is_requested()
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
        if let Some(file) = history_file(&client.info.application) {
            match FileBackedHistory::with_file(MAX_HISTORY_LINES, file.clone()) {
                Ok(history) => line = line.with_history(Box::new(history)),
                // The user may be here because the disk is full.
                Err(error) => {
                    let note = format!("note: cannot open the history {}: {error}", file.display());
                    writeln!(std::io::stderr(), "{}", colors.error(&note))?;
                }
            }
        }
        let level = &client.info.level;
        let level = if level == "admin" { String::new() } else { format!(" ({level})") };
        let prompt = ApplicationPrompt(clean(&format!("{}{level}", client.info.application)).into_owned());
        Ok(Self { line, prompt, client: slot })
    }

    /// Sets the client for completion and checks.
    pub(super) fn set_client(&self, client: &SharedClient) {
        let _ = self.client.set(Arc::clone(client));
    }

    pub(super) fn read(&mut self) -> Result<Signal, CliError> {
        self.line.read_line(&self.prompt).map_err(|error| CliError::from(std::io::Error::other(error)))
    }
}

/// Returns `$XDG_STATE_HOME/manhole/APPLICATION.history`, or `None` without a home directory.
fn history_file(application: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    let name: String = application
        .chars()
        .map(|char| if char.is_alphanumeric() || "-_".contains(char) { char } else { '_' })
        .collect();
    Some(state.join("manhole").join(format!("{name}.history")))
}

/// Completes and checks input through the session.
struct RemoteCompleter(LateClient);

impl Completer for RemoteCompleter {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let Some(client) = self.0.get() else { return CompletionResult::fresh(Vec::new()) };
        // reedline counts bytes, the protocol characters.
        let cursor = line.get(..pos).map_or(0, |before| before.chars().count());
        let Ok(completions) = client.lock_ignoring_poison().call(&Complete::new(line, cursor)) else {
            return CompletionResult::fresh(Vec::new());
        };
        let start = line.char_indices().nth(completions.start).map_or(line.len(), |(start, _)| start);
        let span = Span::new(start.min(pos), pos);
        let suggestions = completions.candidates.into_iter().map(|candidate| suggestion(candidate, span));
        CompletionResult::fresh(suggestions.collect::<Vec<_>>())
    }
}

fn suggestion(candidate: Candidate, span: Span) -> Suggestion {
    let description = match (candidate.r#type, candidate.doc) {
        (Some(ty), Some(doc)) => Some(format!("{ty}: {doc}")),
        (ty, doc) => ty.or(doc),
    };
    let description = description.map(|text| clean(&text).into_owned());
    Suggestion { value: clean(&candidate.text).into_owned(), description, span, ..Suggestion::default() }
}

impl Validator for RemoteCompleter {
    fn validate(&self, line: &str) -> ValidationResult {
        let Some(client) = self.0.get() else { return ValidationResult::Complete };
        match client.lock_ignoring_poison().call(&Check::new(line)) {
            Ok(check) if check.state == Completeness::Incomplete => ValidationResult::Incomplete,
            // Running it reports an error.
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

/// The prompt: the name of the application, and the level unless it is admin.
struct ApplicationPrompt(String);

impl Prompt for ApplicationPrompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(INDICATOR)
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Owned(".".repeat(self.0.chars().count()) + ". ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failing =
            if matches!(search.status, PromptHistorySearchStatus::Failing) { "not found: " } else { "" };
        Cow::Owned(format!("({failing}search: {}) ", search.term))
    }

    fn get_prompt_color(&self) -> reedline::Color {
        reedline::Color::Cyan
    }

    fn get_indicator_color(&self) -> reedline::Color {
        reedline::Color::Cyan
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::DarkGray
    }
}
