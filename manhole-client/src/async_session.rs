//! Sessions whose methods are `async`. Each has a thread, which sends one request after the other.

use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use manhole_protocol::methods::{Eval, Format, Method, ServerInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::connect::options::ConnectOptions;
use crate::error::{Cause, Error};
use crate::session::{Session, call_request, decode, set_request};

/// A [`Session`] whose methods are `async`.
///
/// The methods take `&self`: requests of several tasks wait for each other. Dropping a future cancels its command: the application stops it.
/// Works in any runtime.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
#[doc = include_str!("../doc/service.md")]
/// let session = manhole_client::AsyncSession::connect(&path).await?;
///
/// assert_eq!(session.eval::<u64>("gizmo.jobs").await?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AsyncSession {
    jobs: mpsc::Sender<Job>,
    info: ServerInfo,
}

/// What the thread does.
struct Job {
    /// Set when the future is dropped.
    cancelled: Arc<AtomicBool>,
    run: Box<dyn FnOnce(&mut Session) + Send>,
}

/// Cancels a command when its future is dropped.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl AsyncSession {
    /// Opens a session with the default [options](ConnectOptions): see [`Session::connect`].
    ///
    /// # Errors
    ///
    /// If the target means no application or several ones, or if the console refuses the session.
    pub async fn connect(target: impl AsRef<OsStr>) -> Result<Self, Error> {
        ConnectOptions::new().connect_async(target).await
    }

    /// Returns what the console has said of itself when the session began: see [`Session::info`].
    #[must_use]
    pub fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Runs a command, and returns its value: see [`Session::eval`].
    ///
    /// # Errors
    ///
    /// If the command fails or the value does not fit `T`.
    pub async fn eval<T: DeserializeOwned>(&self, code: impl AsRef<str>) -> Result<T, Error> {
        let code = code.as_ref();
        decode(code, self.request(Eval::new(code).format(Format::Value)).await?)
    }

    /// Runs a command, and returns what a prompt shows: see [`Session::eval_text`].
    ///
    /// # Errors
    ///
    /// If the command fails.
    pub async fn eval_text(&self, code: impl Into<String>) -> Result<String, Error> {
        let code = code.into();
        self.run(move |session| session.eval_text(code)).await
    }

    /// Writes the value at a path: see [`Session::set`].
    ///
    /// # Errors
    ///
    /// If the session may not write there, or the value does not fit.
    pub async fn set(&self, path: impl AsRef<str>, value: impl Serialize) -> Result<(), Error> {
        let request = set_request(path.as_ref(), &value)?;
        self.request(request).await.map(|_| ())
    }

    /// Calls a method or a function, and returns its value: see [`Session::call`].
    ///
    /// # Errors
    ///
    /// If the call fails or its value does not fit `T`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        path: impl AsRef<str>,
        arguments: impl Serialize,
    ) -> Result<T, Error> {
        let path = path.as_ref();
        let request = call_request(path, &arguments)?;
        decode(path, self.request(request).await?)
    }

    /// Waits until an expression has a value for which `is_reached` returns true: see [`Session::wait_until`]. Other requests of the session
    /// wait in the meantime.
    ///
    /// # Errors
    ///
    /// If the time is over: the [last value](Error::last_value) is in the error. If the expression fails, or its value does not fit `T`.
    pub async fn wait_until<T: DeserializeOwned + Send + 'static>(
        &self,
        expression: impl Into<String>,
        is_reached: impl FnMut(&T) -> bool + Send + 'static,
        time: Duration,
    ) -> Result<T, Error> {
        let expression = expression.into();
        self.run(move |session| session.wait_until(expression, is_reached, time)).await
    }

    /// Sends any request of the [protocol](crate::protocol), and returns its result: see [`Session::request`].
    ///
    /// # Errors
    ///
    /// If the server reports one, or there is no response in time.
    pub async fn request<M: Method<Result: Send> + Send + 'static>(
        &self,
        method: M,
    ) -> Result<M::Result, Error> {
        self.run(move |session| session.request(&method)).await
    }

    /// Runs `act` on the session's thread.
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Session) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let cancel = CancelOnDrop::default();
        let (sender, outcome) = oneshot::channel();
        let run = Box::new(move |session: &mut Session| drop(sender.send(act(session))));
        let sent = self.jobs.send(Job { cancelled: Arc::clone(&cancel.0), run });
        sent.map_err(|_| self.thread_ended())?;
        outcome.await.map_err(|_| self.thread_ended())?
    }

    fn thread_ended(&self) -> Error {
        let label = format!("{} {}", self.info.application, self.info.pid);
        Cause::ConnectionLost { label, reason: ": its thread has ended".to_owned() }.into()
    }
}

/// Runs jobs until the session's owner is gone.
fn serve(mut session: Session, jobs: &mpsc::Receiver<Job>) {
    while let Ok(Job { cancelled, run }) = jobs.recv() {
        if !cancelled.load(Ordering::SeqCst) {
            session.cancelled = cancelled;
            run(&mut session);
        }
    }
}

impl ConnectOptions {
    /// Opens a session whose methods are `async`: see [`AsyncSession`].
    ///
    /// # Errors
    ///
    /// If the target means no application or several ones, or if the console refuses the session.
    pub async fn connect_async(&self, target: impl AsRef<OsStr>) -> Result<AsyncSession, Error> {
        let (target, options, cancel) = (target.as_ref().to_owned(), self.clone(), CancelOnDrop::default());
        let (sender, opened) = oneshot::channel();
        let (jobs, next) = mpsc::channel();
        let cancelled = Arc::clone(&cancel.0);
        thread::Builder::new().name("manhole-client".to_owned()).spawn(move || {
            match Session::open(&target, &options, cancelled) {
                Ok(session) => {
                    if sender.send(Ok(session.info().clone())).is_ok() {
                        serve(session, &next);
                    }
                }
                Err(error) => drop(sender.send(Err(error))),
            }
        })?;
        let info = opened.await.unwrap_or_else(|_| Err(Cause::Cancelled.into()))?;
        Ok(AsyncSession { jobs, info })
    }
}
