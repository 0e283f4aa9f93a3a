//! The history of an application's commands: a file of the user's alone, without secrets, and complete at any moment.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use manhole_client::cli_support::LockIgnoringPoison;
use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, ReedlineError,
    ReedlineErrorVariants, Result, SearchQuery,
};

use crate::private_file::PRIVATE_FILE;

/// How many commands each application has.
const MAX_COMMANDS: usize = 10_000;

/// The longest command that is kept.
const MAX_COMMAND_BYTES: usize = 16 * 1024;

/// The mode of a directory that only its user can read.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// The bits of a mode that let others in.
const OTHERS: u32 = 0o077;

/// Words in a name for something secret.
const SECRET_WORDS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "private_key"];

/// The last command that mentions a secret field, as far as the application says so.
#[derive(Clone, Default)]
pub(super) struct SecretCommand(Arc<Mutex<Option<String>>>);

impl SecretCommand {
    pub(super) fn set(&self, code: &str) {
        *self.0.lock_ignoring_poison() = Some(code.to_owned());
    }

    /// Returns whether a command must not be written to a file.
    pub(super) fn hides(&self, code: &str) -> bool {
        self.0.lock_ignoring_poison().as_deref() == Some(code) || looks_secret(code)
    }
}

/// A history that leaves out secrets, and writes each command before it runs.
pub(super) struct PrivateHistory {
    inner: FileBackedHistory,
    secret: SecretCommand,
}

impl PrivateHistory {
    /// Returns a history without a file.
    pub(super) fn in_memory(secret: SecretCommand) -> Result<Self> {
        Ok(Self { inner: FileBackedHistory::new(MAX_COMMANDS)?, secret })
    }

    /// Opens a history file, and hides it from other users.
    pub(super) fn open(file: &Path, secret: SecretCommand) -> Result<Self> {
        make_private(file)?;
        Ok(Self { inner: FileBackedHistory::with_file(MAX_COMMANDS, file.to_owned())?, secret })
    }
}

/// Creates the file and its directory for this user alone.
fn make_private(file: &Path) -> io::Result<()> {
    let hide = |path: &Path, mode| match fs::metadata(path)?.permissions().mode() & OTHERS {
        0 => Ok(()),
        _ => fs::set_permissions(path, Permissions::from_mode(mode)),
    };
    if let Some(directory) = file.parent() {
        DirBuilder::new().recursive(true).mode(PRIVATE_DIRECTORY).create(directory)?;
        hide(directory, PRIVATE_DIRECTORY)?;
    }
    OpenOptions::new().append(true).create(true).mode(PRIVATE_FILE).open(file)?;
    hide(file, PRIVATE_FILE)
}

/// Returns `$XDG_STATE_HOME/manhole/APPLICATION.history`, or `None` without a home directory.
pub(super) fn file(application: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    let name: String = application
        .chars()
        .map(|char| if char.is_alphanumeric() || "-_".contains(char) { char } else { '_' })
        .collect();
    Some(state.join("manhole").join(format!("{name}.history")))
}

/// Returns whether a command looks as if it contained a secret: a literal beside such a name.
fn looks_secret(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let has_text = code.contains(['"', '`', '\'']);
    let assigns_number = code.match_indices('=').any(|(at, _)| {
        !code[..at].ends_with(['=', '!', '<', '>'])
            && code[at + 1..].trim_start().starts_with(|first: char| first.is_ascii_digit())
    });
    let assigns_key = || {
        let mut names =
            code.match_indices("key").filter(|(at, _)| code[at + 3..].trim_start().starts_with('='));
        names.any(|(at, _)| !code[at + 3..].trim_start().starts_with("=="))
    };
    (has_text || assigns_number) && (SECRET_WORDS.iter().any(|word| code.contains(word)) || assigns_key())
}

impl History for PrivateHistory {
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        let code = &item.command_line;
        if code.len() > MAX_COMMAND_BYTES || self.secret.hides(code) {
            // The editor keeps such a line until the next one, for the key Up.
            return Err(ReedlineError(ReedlineErrorVariants::OtherHistoryError("left out")));
        }
        let saved = self.inner.save(item)?;
        // Ignores errors: the command is still in memory, and the user may be here because the disk is full.
        let _ = self.inner.sync();
        Ok(saved)
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.inner.load(id)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.inner.count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        self.inner.search(query)
    }

    fn update(&mut self, id: HistoryItemId, updater: &dyn Fn(HistoryItem) -> HistoryItem) -> Result<()> {
        self.inner.update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.inner.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.inner.delete(id)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.inner.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.inner.session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_and_others_kept() {
        for code in [
            "gizmo.set_password(\"hunter2\")",
            "gizmo.config.api_key = `abc`",
            "x.pin_token = 1234",
            "let Secret = 'a'",
            "gizmo.key = \"abc\"",
            "login(\"me\", token: 'x')",
        ] {
            assert!(looks_secret(code), "{code}");
        }
        for code in [
            "gizmo.count = 7",
            "gizmo.tokens.len()",
            "gizmo.token_count > 5",
            "gizmo.token == x",
            "map[\"key\"]",
            "x.key == \"a\"",
            "gizmo.label = \"anvil\"",
            "",
        ] {
            assert!(!looks_secret(code), "{code}");
        }
    }

    #[test]
    fn files_that_others_could_read_become_private() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("manhole");
        let file = directory.join("app.history");
        fs::create_dir(&directory).unwrap();
        fs::write(&file, "1 + 1\n").unwrap();
        for (path, mode) in [(&directory, 0o755), (&file, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        make_private(&file).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read_to_string(&file).unwrap(), "1 + 1\n");
    }

    #[test]
    fn each_command_is_written_at_once_and_the_oldest_ones_go() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("state/manhole/app.history");
        let secret = SecretCommand::default();
        let mut history = PrivateHistory::open(&file, secret.clone()).unwrap();
        secret.set("gizmo.pin == 4711");
        let long = "x".repeat(MAX_COMMAND_BYTES + 1);
        for (code, is_kept) in [("1 + 1", true), ("gizmo.pin == 4711", false), (&long, false), ("a\nb", true)]
        {
            assert_eq!(history.save(HistoryItem::from_command_line(code)).is_ok(), is_kept, "{code}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "1 + 1\na<\\n>b\n");
        fs::write(&file, "1\n".repeat(MAX_COMMANDS)).unwrap();
        history.save(HistoryItem::from_command_line("2")).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.lines().count() == MAX_COMMANDS && text.ends_with("1\n2\n"));
    }
}
