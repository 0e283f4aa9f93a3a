//! Applications to connect to, the client, and a terminal that runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use manhole::{Address, Builder, Console, Manhole, Namespace, manhole};
use manhole_protocol::socket_path;
use parking_lot::Mutex;
use tempfile::TempDir;

/// Longer than any wait of a test takes.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// What the service counts.
#[derive(Manhole)]
pub(crate) struct Gizmo {
    /// Requests served since the start.
    pub(crate) count: u64,
    /// What can be changed.
    pub(crate) config: Config,
    pub(crate) items: Vec<Item>,
    pub(crate) mode: Mode,
    #[manhole(admin)]
    pub(crate) key: u64,
    #[manhole(secret)]
    pub(crate) pin: u64,
}

#[derive(Manhole)]
pub(crate) struct Config {
    /// How many at once.
    pub(crate) limit: u32,
}

#[derive(Manhole)]
pub(crate) struct Item {
    pub(crate) id: u32,
    pub(crate) label: String,
}

#[derive(Manhole)]
pub(crate) enum Mode {
    Idle,
    Busy,
}

#[manhole::methods]
impl Gizmo {
    /// Resets the counter.
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }
}

/// A temporary home directory with a socket directory.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        for name in ["manhole", "tmp"] {
            std::fs::create_dir(home.path().join(name)).unwrap();
        }
        Self(home)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the socket path of an application.
    pub(crate) fn socket(&self, name: &str, pid: u32) -> PathBuf {
        self.path().join("manhole").join(socket_path::file_name(name, pid))
    }

    /// Returns a command for the client, in the environment of this home.
    pub(crate) fn client(&self) -> Command {
        self.environment_of(env!("CARGO_BIN_EXE_manhole"))
    }

    /// Returns a command for another program, in the environment of this home.
    pub(crate) fn environment_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command.env_remove("PAGER").env_remove("NO_COLOR");
        command
    }

    /// Returns the directory for temporary files, which only the client uses.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }

    fn environment(&self) -> [(&'static str, String); 5] {
        let path = |name: &str| self.path().join(name).display().to_string();
        [
            ("XDG_RUNTIME_DIR", path("")),
            ("XDG_STATE_HOME", path("state")),
            ("XDG_CONFIG_HOME", path("config")),
            ("TMPDIR", path("tmp")),
            // Other tests run beside this one.
            ("MANHOLE_SEARCH", "directories".to_owned()),
        ]
    }

    /// Runs the client without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.client().args(arguments).stdin(std::process::Stdio::null()).output().unwrap()
    }

    /// Runs the client in a terminal.
    pub(crate) fn terminal(&self, arguments: &str) -> Terminal {
        self.terminal_with("", arguments)
    }

    /// Runs the client in a terminal, with more environment variables.
    pub(crate) fn terminal_with(&self, environment: &str, arguments: &str) -> Terminal {
        self.terminal_after("true", environment, arguments)
    }

    /// Runs another program in a terminal, in the environment of this home.
    pub(crate) fn terminal_of(&self, command: &str) -> Terminal {
        let own = self.environment().map(|(name, value)| format!("{name}={value}")).join(" ");
        Terminal::start(&format!("env {own} {command}"))
    }

    /// Runs the client in a terminal, after a command of the shell.
    pub(crate) fn terminal_after(&self, setup: &str, environment: &str, arguments: &str) -> Terminal {
        let own = self.environment().map(|(name, value)| format!("{name}={value}")).join(" ");
        let client = env!("CARGO_BIN_EXE_manhole");
        Terminal::start(&format!(
            "{setup}; env -u PAGER -u NO_COLOR {own} {environment} {client} {arguments}; echo left with $?; \
             stty -a | grep -ow -e '-*icanon' -e '-*echo' | paste -sd ' '; sleep 60"
        ))
    }
}

/// An application that listens until it is dropped.
pub(crate) struct App {
    pub(crate) gizmo: Arc<Mutex<Gizmo>>,
    pub(crate) path: PathBuf,
    console: Console,
}

impl App {
    pub(crate) fn start(path: &Path) -> Self {
        Self::with(path, |builder| builder)
    }

    pub(crate) fn with(path: &Path, setup: impl FnOnce(Builder) -> Builder) -> Self {
        let item = |id, label: &str| Item { id, label: label.to_owned() };
        let gizmo = Arc::new(Mutex::new(Gizmo {
            count: 42,
            config: Config { limit: 100 },
            items: vec![item(1, "anvil"), item(2, "bellows")],
            mode: Mode::Idle,
            key: 7,
            pin: 4711,
        }));
        assert!(!matches!(gizmo.lock().mode, Mode::Busy) && gizmo.lock().pin == 4711);
        let namespace: Namespace = manhole! {
            gizmo => gizmo,
            /// Many numbers.
            many => Arc::new((0..100_000_u32).collect::<Vec<_>>()),
        };
        let console = setup(
            Builder::new(namespace).name("app").limits(|limits| limits.timeout = Duration::from_secs(60)),
        )
        .spawn(path)
        .unwrap();
        Self { gizmo, path: path.to_owned(), console }
    }

    /// Returns its console, to add names to it.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// Returns its path as an argument.
    pub(crate) fn target(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Returns the TCP port.
    pub(crate) fn port(&self) -> u16 {
        let addresses = self.console.addresses();
        let port = addresses.iter().find_map(|address| match address {
            Address::Tcp(address) => Some(address.port()),
            _ => None,
        });
        port.unwrap()
    }

    pub(crate) fn stop(&self) {
        self.console.shutdown();
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns the standard output, the standard error and the exit status.
pub(crate) fn output_of(output: &Output) -> (String, String, i32) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

/// Sends SIGINT, as Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    signal(child, "INT");
}

/// Sends the signal of this name.
pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(kill.unwrap().success());
}

/// A terminal of 100 columns and 30 lines.
pub(crate) struct Terminal {
    server: String,
}

impl Terminal {
    fn start(command: &str) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let server = format!("manhole-{}-{number}", std::process::id());
        let terminal = Self { server };
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", command]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.server]).args(arguments).output().unwrap();
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a text.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    /// Pastes a text, as the mouse does: the terminal marks it if the client has asked for that.
    pub(crate) fn pastes(&self, text: &str) {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    /// Presses a key by its name: `Enter`, `C-c`.
    pub(crate) fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Waits for a prompt, types a line and presses Enter. Keys that are pressed before the prompt would be lost.
    #[track_caller]
    pub(crate) fn enters(&self, line: &str) {
        self.until("a prompt", |screen| {
            let last = screen.trim_end().lines().last().unwrap_or_default();
            last.contains("> ") || [">", "....", "Which one?"].iter().any(|end| last.ends_with(end))
        });
        self.types(line);
        self.presses("Enter");
    }

    /// Clicks at a column and line of the screen, counted from 0.
    pub(crate) fn clicks(&self, column: usize, line: usize) {
        self.types(&format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", column + 1, line + 1, column + 1, line + 1));
    }

    /// Turns the wheel down by one step.
    pub(crate) fn turns_the_wheel(&self) {
        self.types("\x1b[<65;5;5M");
    }

    /// Lets the client copy, as most terminals do.
    pub(crate) fn accepts_copies(&self) {
        self.tmux(&["set-option", "-s", "set-clipboard", "on"]);
    }

    /// Returns what the client has copied.
    pub(crate) fn copied(&self) -> String {
        self.tmux(&["show-buffer"])
    }

    /// Returns whether the client takes the mouse from the terminal.
    pub(crate) fn gives_its_mouse(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{mouse_any_flag}"]).trim() == "1"
    }

    /// Changes the size of the terminal.
    pub(crate) fn resizes(&self, columns: u16, lines: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &lines.to_string()]);
    }

    /// Returns the process ID of the client.
    pub(crate) fn process(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let found = Command::new("pgrep").args(["-x", "-P", shell.trim(), "manhole"]).output().unwrap();
        String::from_utf8(found.stdout).unwrap().trim().to_owned()
    }

    /// Returns the text on the screen.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Returns the text on the screen with its escape sequences.
    pub(crate) fn colors(&self) -> String {
        self.tmux(&["capture-pane", "-pe"])
    }

    /// Returns whether the cursor is visible.
    pub(crate) fn has_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }

    /// Waits until `is_there` returns true for the screen.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + LONG;
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "timed out waiting for {what}:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.server, "kill-server"]).output();
    }
}

/// Returns whether `tool` is installed. If not, prints that the test is skipped; with MANHOLE_REQUIRE_TOOLS, fails.
pub(crate) fn has_tool(tool: &str, flag: &str) -> bool {
    let found = Command::new(tool).arg(flag).output().is_ok();
    if !found {
        assert!(std::env::var_os("MANHOLE_REQUIRE_TOOLS").is_none(), "{tool} is missing");
        #[expect(clippy::print_stderr, reason = "a skipped test should be visible")]
        {
            eprintln!("skipped: {tool} is missing");
        }
    }
    found
}

/// Waits until `done`, and panics if that takes too long.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < end, "timed out waiting until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
