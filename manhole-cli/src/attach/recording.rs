//! Records a session into a file: as a transcript to read, or in asciinema's format to play.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use manhole_protocol::methods::ServerInfo;
use manhole_protocol::text::clean;
use nu_ansi_term::Style;
use ratatui::crossterm::terminal;
use serde_json::json;

use super::builtin_pager::StyledSpans;
use super::history::SecretCommand;
use super::prompt::ApplicationPrompt;
use crate::error::CliError;
use crate::private_file;
use crate::terminal::colors::Colors;
use crate::terminal::output;

/// The version of asciinema's format. See <https://docs.asciinema.org/manual/asciicast/v2/>.
const CAST_VERSION: u32 = 2;

/// Players shorten longer pauses to this many seconds.
const CAST_IDLE_LIMIT: f64 = 2.0;

/// Takes the place of a command that mentions a secret.
const HIDDEN: &str = "// A command that mentions a secret.";

/// A file to which a session is written as it goes on, so that a client that is killed loses nothing.
pub(super) struct Recording {
    file: File,
    path: String,
    form: Form,
    started: Instant,
    secret: SecretCommand,
    has_failed: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Transcript,
    Cast,
}

impl Recording {
    /// Creates the file, which must not exist. Its extension decides the form.
    pub(super) fn create(path: &Path, info: &ServerInfo, secret: SecretCommand) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let failed = |error: io::Error| CliError::Write { path: name.clone(), reason: error.to_string() };
        let file = private_file::create_new(path).map_err(failed)?;
        let is_cast = path.extension().is_some_and(|extension| extension == "cast");
        let form = if is_cast { Form::Cast } else { Form::Transcript };
        let title = format!("{}, process {}, manhole {}", info.application, info.pid, info.version);
        let header = match form {
            Form::Cast => {
                let (width, height) = terminal::size().unwrap_or((80, 24));
                let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                json!({
                    "version": CAST_VERSION, "width": width, "height": height, "timestamp": time,
                    "idle_time_limit": CAST_IDLE_LIMIT, "title": title,
                })
                .to_string()
            }
            Form::Transcript => format!("// {title}"),
        };
        writeln!(&file, "{header}").map_err(failed)?;
        Ok(Self { file, path: name, form, started: Instant::now(), secret, has_failed: Cell::default() })
    }

    /// Records that the user is asked for a command.
    pub(super) fn prompt(&self, prompt: &ApplicationPrompt) {
        if self.form == Form::Cast {
            self.output(&prompt.text());
        }
    }

    /// Records a command.
    pub(super) fn command(&self, prompt: &ApplicationPrompt, code: &str) {
        let code = if self.secret.hides(code) { HIDDEN } else { code };
        let lines = clean(code).trim_end().replace('\n', &format!("\n{}", prompt.continuation()));
        match self.form {
            Form::Cast => self.output(&format!("{lines}\n")),
            Form::Transcript if lines.is_empty() => {}
            Form::Transcript => {
                let time = humantime::format_rfc3339_seconds(SystemTime::now());
                self.output(&format!("\n// {time}\n{}{lines}\n", prompt.text()));
            }
        }
    }

    /// Records that the user has dropped the line.
    pub(super) fn dropped_line(&self) {
        if self.form == Form::Cast {
            self.output("\n");
        }
    }

    /// Records the report of an error, which the terminal shows in colors.
    pub(super) fn report(&self, report: &str, colors: Colors) {
        let colors = if self.form == Form::Cast { colors } else { Colors::Off };
        self.output(&(colors.error(report) + "\n"));
    }

    /// Records text of one style.
    pub(super) fn output(&self, text: &str) {
        self.styled(&[(Style::new(), text.to_owned())]);
    }

    /// Records text as the terminal shows it; a transcript has no colors.
    pub(super) fn styled(&self, spans: &StyledSpans) {
        let text = match self.form {
            Form::Transcript => spans.iter().map(|(_, text)| text.as_str()).collect(),
            Form::Cast => {
                let text: String = spans.iter().map(|(style, text)| style.paint(text).to_string()).collect();
                if text.is_empty() {
                    return;
                }
                let event = json!([self.started.elapsed().as_secs_f64(), "o", text.replace('\n', "\r\n")]);
                format!("{event}\n")
            }
        };
        // The session goes on without it, since the disk may be why the user is here.
        if let Err(error) = (&self.file).write_all(text.as_bytes())
            && !self.has_failed.replace(true)
        {
            let _ = output::print_error(&format!("note: cannot write to {}: {error}\n", self.path));
        }
    }
}
