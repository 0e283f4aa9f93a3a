//! The HTTP server: the files of the page, and the WebSocket of each tab.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use manhole_client::ConnectOptions;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use super::assets;
use super::guard::{Guard, PROTOCOL, protect};
use super::lane::{Lane, LaneOf};
use super::requests::{self, Failure, LaneName, PageRequest};
use crate::error::CliError;
use crate::target_list::TargetLookup;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;

/// How many tabs are open at most.
const MAX_TABS: usize = 16;

/// The most bytes of a message of the page.
const MAX_MESSAGE: usize = 64 * 1024;

/// How many answers wait for the browser at most. The sessions wait for room.
const MAX_ANSWERS: usize = 32;

/// How long a browser may take for one message.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The applications that the page shows.
pub(super) struct Targets {
    pub(super) lookups: Vec<TargetLookup>,
    pub(super) options: ConnectOptions,
}

struct Server {
    targets: Targets,
    guard: Guard,
    tabs: Arc<Semaphore>,
}

pub(super) fn serve(targets: Targets, port: u16, ctrl_c: &CtrlC) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| CliError::Listen { address, reason: error.to_string() })?;
        let address = listener.local_addr()?;
        let guard = Guard::new(address.port())?;
        output::print(&format!("open http://{address}/#{}\n", guard.token))?;
        let server = Arc::new(Server { targets, guard, tabs: Arc::new(Semaphore::new(MAX_TABS)) });
        let router = Router::new()
            .route("/", get(|| asset(Path(String::new()))))
            .route("/session", get(session))
            .route("/{name}", get(asset))
            .layer(middleware::from_fn_with_state(Arc::clone(&server), check))
            .with_state(server);
        let interrupted = async {
            while !ctrl_c.take() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::select! {
            served = axum::serve(listener, router).into_future() => served.map(|()| ExitCode::SUCCESS).map_err(CliError::from),
            () = interrupted => Err(CliError::Interrupted),
        }
    });
    runtime.shutdown_background();
    outcome
}

/// Refuses other names of this machine, and adds the headers to all answers.
async fn check(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let mut response = if server.guard.is_own_host(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "the host is not this server\n").into_response()
    };
    protect(response.headers_mut());
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    match assets::find(&name) {
        Some(asset) => ([(CONTENT_TYPE, asset.kind)], asset.text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn session(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !server.guard.is_own_page(&headers) {
        return (StatusCode::FORBIDDEN, "the origin is not this server\n").into_response();
    }
    if !server.guard.has_token(&headers) {
        return (StatusCode::FORBIDDEN, "the token is not valid\n").into_response();
    }
    let Ok(permit) = Arc::clone(&server.tabs).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many tabs\n").into_response();
    };
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| Tab::new(server, permit).run(socket))
}

/// A tab of a browser, with its sessions.
struct Tab {
    server: Arc<Server>,
    lanes: HashMap<(usize, LaneName), Lane>,
    answers: mpsc::Sender<String>,
    next_answer: mpsc::Receiver<String>,
    _permit: OwnedSemaphorePermit,
}

impl Tab {
    fn new(server: Arc<Server>, permit: OwnedSemaphorePermit) -> Self {
        let (answers, next_answer) = mpsc::channel(MAX_ANSWERS);
        Self { server, lanes: HashMap::new(), answers, next_answer, _permit: permit }
    }

    /// Passes messages in both directions until the tab is closed.
    async fn run(mut self, mut socket: WebSocket) {
        let labels: Vec<_> = self.server.targets.lookups.iter().map(|lookup| &lookup.label).collect();
        let mut next = Some(json!({ "targets": labels }).to_string());
        loop {
            if let Some(text) = next.take() {
                let sent = timeout(SEND_TIMEOUT, socket.send(Message::text(text))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
            tokio::select! {
                answer = self.next_answer.recv() => next = answer,
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => next = self.take(&text),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return,
                },
            }
        }
    }

    /// Hands a request to its lane. Returns the answer if it is refused.
    fn take(&mut self, text: &str) -> Option<String> {
        let request: PageRequest = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => {
                return Some(requests::answer(0, Err(Failure::new("request", format!("error: {error}")))));
            }
        };
        let (id, index, name) = (request.id, request.target, request.lane);
        let Some(lookup) = self.server.targets.lookups.get(index) else {
            return Some(requests::answer(id, Err(Failure::new("request", "error: no such target"))));
        };
        let lane = match self.lanes.entry((index, name)) {
            Entry::Occupied(lane) => lane.into_mut(),
            Entry::Vacant(place) => {
                let options = self.server.targets.options.clone();
                let of = LaneOf { name, index, target: lookup.target.clone(), options };
                place.insert(Lane::start(of, self.answers.clone()))
            }
        };
        if request.method == "cancel" {
            lane.cancel(id);
            return None;
        }
        lane.take(request).err().map(|failure| requests::answer(id, Err(failure)))
    }
}
