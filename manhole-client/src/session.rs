//! A session with an application, whose values arrive as Rust types.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use manhole_protocol::methods::{
    Call, Changed, Eval, Evaluation, Format, Method, ServerInfo, Set, Unwatch, Watch,
};
use manhole_protocol::socket_path::Instance;
use manhole_protocol::{Data, ErrorKind as ServerErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::connect::discovery::{discover, discover_elsewhere};
use crate::connect::options::ConnectOptions;
use crate::connect::rpc_client::{RpcClient, ServerEvent};
use crate::connect::target::{Endpoint, Target};
use crate::connect::wait::{POLL_INTERVAL, WaitOptions};
use crate::error::{Cause, Error};
use crate::value::{from_data, to_data};

/// A session with an application. It ends on drop, and the console then stops a command that still runs.
///
/// Values arrive as Rust types that implement [`Deserialize`](serde::Deserialize), exactly: what does not fit is an
/// [error](crate::ErrorKind::Value).
///
/// ```
#[doc = include_str!("../doc/service.md")]
/// let mut session = manhole_client::Session::connect(&path)?;
///
/// let jobs: u64 = session.eval("gizmo.jobs")?;
/// assert_eq!(jobs, 7);
/// session.set("gizmo.limit", 5)?;
/// let old: u64 = session.call("gizmo.reset", ())?;
/// assert_eq!(old, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session {
    client: RpcClient,
    timeout: Duration,
    /// Whether the request that runs is cancelled.
    pub(crate) cancelled: Arc<AtomicBool>,
}

impl Session {
    /// Opens a session with the default [options](ConnectOptions).
    ///
    /// `target` is what the client `manhole` takes, without the names of its configuration: the name of an application (`app`), a process
    /// ID, the path of a socket, `ssh://HOST/PATH`, `tcp:HOST:PORT`, `kube:NAMESPACE/POD`, `docker:NAME`, `podman:NAME` or `exec:COMMAND`.
    ///
    /// # Errors
    ///
    /// If the target means no application or several ones, or if the console refuses the session.
    pub fn connect(target: impl AsRef<OsStr>) -> Result<Self, Error> {
        ConnectOptions::new().connect(target)
    }

    /// Opens a session, unless `cancelled` becomes true before.
    pub(crate) fn open(
        target: &OsStr,
        options: &ConnectOptions,
        cancelled: Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        let target = match target.to_str() {
            Some(text) => {
                text.parse().map_err(|reason| Cause::InvalidTarget { text: text.to_owned(), reason })?
            }
            None => Target::Endpoint(Endpoint::Path(PathBuf::from(target))),
        };
        let found = Target::find(Some(&target))?;
        let is_cancelled = || cancelled.load(Ordering::SeqCst);
        let wait = WaitOptions {
            cancelled: Some(&is_cancelled),
            timeout: Some(options.timeout),
            ..WaitOptions::default()
        };
        let client = RpcClient::connect(&found, options, &wait)?;
        Ok(Self { client, timeout: options.timeout, cancelled })
    }

    /// Returns what the console has said of itself when the session began: the application, its process ID, the session's level and limits.
    #[must_use]
    pub fn info(&self) -> &ServerInfo {
        &self.client.info
    }

    /// Runs a command, and returns its value. A path is a command: `gizmo.jobs`, `gizmo.by_name["k"]`.
    ///
    /// What the command prints is dropped: see [`eval_text`](Self::eval_text).
    ///
    /// # Errors
    ///
    /// If the command fails or the value does not fit `T`.
    pub fn eval<T: DeserializeOwned>(&mut self, code: impl AsRef<str>) -> Result<T, Error> {
        let code = code.as_ref();
        decode(code, self.request(&Eval::new(code).format(Format::Value))?)
    }

    /// Runs a command, and returns what a prompt shows: what the command prints, and then its value.
    ///
    /// # Errors
    ///
    /// If the command fails.
    pub fn eval_text(&mut self, code: impl AsRef<str>) -> Result<String, Error> {
        let mut text = String::new();
        let evaluation =
            self.run(&Eval::new(code.as_ref()).format(Format::Text), &mut |printed| text += printed)?;
        text += &evaluation.text.unwrap_or_default();
        Ok(text)
    }

    /// Writes the value at a path, such as `gizmo.config.limit`.
    ///
    /// # Errors
    ///
    /// If the session may not write there, or the value does not fit.
    pub fn set(&mut self, path: impl AsRef<str>, value: impl Serialize) -> Result<(), Error> {
        self.request(&set_request(path.as_ref(), &value)?).map(|_| ())
    }

    /// Calls a method of the value at a path (`gizmo.reset`) or a function (`add`), awaits it if it is async, and returns its value.
    ///
    /// `arguments` is a tuple: `()`, `(7,)`, `("a", 7)`.
    ///
    /// # Errors
    ///
    /// If the call fails or its value does not fit `T`.
    pub fn call<T: DeserializeOwned>(
        &mut self,
        path: impl AsRef<str>,
        arguments: impl Serialize,
    ) -> Result<T, Error> {
        let path = path.as_ref();
        decode(path, self.request(&call_request(path, &arguments)?)?)
    }

    /// Waits until an expression has a value for which `is_reached` returns true, and returns the value.
    ///
    /// The console evaluates the expression all 50 ms and sends each change. While the application holds a lock, the wait goes on.
    ///
    /// # Errors
    ///
    /// If the time is over: the [last value](Error::last_value) is in the error. If the expression fails, or its value does not fit `T`.
    pub fn wait_until<T: DeserializeOwned>(
        &mut self,
        expression: impl AsRef<str>,
        mut is_reached: impl FnMut(&T) -> bool,
        time: Duration,
    ) -> Result<T, Error> {
        let (expression, started) = (expression.as_ref(), Instant::now());
        let interval = u64::try_from(POLL_INTERVAL.as_millis()).unwrap_or(u64::MAX);
        let watch = self.request(&Watch::new(expression, interval))?.watch;
        let reached = self.changes(watch, (started, time), &mut |evaluation| {
            let value = decode(expression, evaluation)?;
            Ok(is_reached(&value).then_some(value))
        });
        // Nothing is lost if the connection has ended.
        let _ = self.client.call(&Unwatch::new(watch));
        match reached? {
            Ended::Reached(value) => Ok(value),
            Ended::Last(Some(last)) => Err(Cause::NotReached {
                expression: expression.to_owned(),
                time,
                last: last.text.unwrap_or_else(|| "()".to_owned()),
                value: last.value.unwrap_or(Data::Null),
            }
            .into()),
            Ended::Last(None) => Err(Cause::Timeout.into()),
        }
    }

    /// Reads the changes of a watch until `handle` returns a value or the time is over.
    fn changes<T>(
        &mut self,
        watch: u64,
        (started, time): (Instant, Duration),
        handle: &mut dyn FnMut(Evaluation) -> Result<Option<T>, Error>,
    ) -> Result<Ended<T>, Error> {
        let mut last = None;
        // Why there is no value.
        let mut locked = None;
        loop {
            for event in self.client.events(POLL_INTERVAL.min(time))? {
                match event {
                    ServerEvent::Changed(Changed { watch: of, value, error, .. }) if of == watch => {
                        if let Some(value) = value {
                            last = Some(value.clone());
                            locked = None;
                            if let Some(reached) = handle(value)? {
                                return Ok(Ended::Reached(reached));
                            }
                        }
                        match error {
                            Some(error) if error.kind() == ServerErrorKind::Locked => locked = Some(error),
                            Some(error) => return Err(error.into()),
                            None => {}
                        }
                    }
                    _ => {}
                }
            }
            if self.cancelled.load(Ordering::SeqCst) {
                return Err(Cause::Cancelled.into());
            }
            // The first value may take its time.
            let is_late = started.elapsed() > time + self.timeout;
            if is_late || started.elapsed() > time && (last.is_some() || locked.is_some()) {
                return match (last, locked) {
                    (None, Some(error)) => Err(error.into()),
                    (last, _) => Ok(Ended::Last(last)),
                };
            }
        }
    }

    /// Sends any request of the [protocol](crate::protocol), and returns its result.
    ///
    /// ```no_run
    /// use manhole_client::protocol::methods::Describe;
    ///
    /// let mut session = manhole_client::Session::connect("app")?;
    /// let gizmo = session.request(&Describe::new().path("gizmo".to_owned()))?;
    /// assert!(gizmo.fields.iter().any(|field| field.name == "jobs"));
    /// # Ok::<(), manhole_client::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the server reports one, or there is no response in time.
    pub fn request<M: Method>(&mut self, method: &M) -> Result<M::Result, Error> {
        self.run(method, &mut |_| {})
    }

    /// Sends a request, and passes what it prints to `print`.
    fn run<M: Method>(&mut self, method: &M, print: &mut dyn FnMut(&str)) -> Result<M::Result, Error> {
        let is_cancelled = || self.cancelled.load(Ordering::SeqCst);
        let wait = WaitOptions {
            cancelled: Some(&is_cancelled),
            timeout: Some(self.timeout),
            ..WaitOptions::default()
        };
        let id = self.client.start(method)?;
        self.client.finish::<M, Error>(&id, &wait, &mut |event| {
            if let ServerEvent::Print(printed) = event {
                print(&printed.text);
            }
            Ok(())
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("label", &self.client.label).finish_non_exhaustive()
    }
}

/// How a wait has ended.
enum Ended<T> {
    Reached(T),
    /// The time is over.
    Last(Option<Evaluation>),
}

/// Returns the value of a command.
pub(crate) fn decode<T: DeserializeOwned>(expression: &str, evaluation: Evaluation) -> Result<T, Error> {
    if evaluation.cut {
        return Err(Cause::Cut { expression: expression.to_owned() }.into());
    }
    from_data(evaluation.value.unwrap_or(Data::Null)).map_err(|error| {
        let (expression, to) = (expression.to_owned(), std::any::type_name::<T>());
        Cause::Value { expression, to, reason: error.to_string() }.into()
    })
}

pub(crate) fn set_request(path: &str, value: &impl Serialize) -> Result<Set, Error> {
    match to_data(value) {
        Ok(value) => Ok(Set::new(path, value)),
        Err(error) => Err(unsendable(path, error.to_string())),
    }
}

pub(crate) fn call_request(path: &str, arguments: &impl Serialize) -> Result<Call, Error> {
    let arguments = match to_data(arguments) {
        Ok(Data::Null) => Vec::new(),
        Ok(Data::List(arguments)) => arguments,
        Ok(_) => return Err(unsendable(path, "expected a tuple of arguments, such as (7,)".to_owned())),
        Err(error) => return Err(unsendable(path, error.to_string())),
    };
    let is_name = |text: &str| text.chars().all(|char| char.is_alphanumeric() || char == '_');
    Ok(match path.rsplit_once('.').filter(|(_, method)| is_name(method)) {
        Some((value, method)) => Call::new(value).method(method).args(arguments),
        None => Call::new(path).args(arguments),
    })
}

fn unsendable(path: &str, reason: String) -> Error {
    Cause::Unsendable { path: path.to_owned(), reason }.into()
}

impl ConnectOptions {
    /// Opens a session with the application that `target` means: see [`Session::connect`].
    ///
    /// # Errors
    ///
    /// If the target means no application or several ones, or if the console refuses the session.
    pub fn connect(&self, target: impl AsRef<OsStr>) -> Result<Session, Error> {
        Session::open(target.as_ref(), self, Arc::default())
    }
}

/// Lists the running applications of this user, or of all users for root. Connects to none.
///
/// ```
/// for program in manhole_client::programs() {
///     println!("{} {}: {}", program.name, program.pid, program.path.display());
/// }
/// ```
#[must_use]
pub fn programs() -> Vec<Instance> {
    discover().into_iter().filter(|found| found.live).chain(discover_elsewhere()).collect()
}
