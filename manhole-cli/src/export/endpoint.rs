//! Serves the metrics over HTTP.

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::wait::POLL_INTERVAL;
use tokio::net::TcpListener;

use super::exposition::{self, Form};
use super::scraper::Scraper;
use crate::error::CliError;
use crate::terminal::output;
use crate::terminal::signals::CtrlC;

/// A scrape this young is served again, so that no client of the endpoint keeps the applications busy.
const MAX_AGE: Duration = Duration::from_secs(1);

/// What Prometheus asks for.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the handlers share.
#[derive(Clone)]
struct Endpoint {
    scraper: Arc<Scraper>,
    last: Arc<Mutex<Option<(Instant, String)>>>,
    is_local: bool,
}

/// Serves until Ctrl-C.
pub(super) fn serve(scraper: Scraper, address: SocketAddr, ctrl_c: &CtrlC) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| CliError::Listen { address, reason: error.to_string() })?;
        let address = listener.local_addr()?;
        let is_local = address.ip().is_loopback();
        let mut note = format!("note: serves http://{address}/metrics; Ctrl-C exits\n");
        if !is_local {
            note += "note: every program that reaches this address can read the metrics\n";
        }
        output::print_error(&note)?;
        let endpoint = Endpoint { scraper: Arc::new(scraper), last: Arc::default(), is_local };
        let router = Router::new().route("/metrics", get(metrics)).with_state(endpoint);
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
    // A scrape may still wait for an application.
    runtime.shutdown_background();
    outcome
}

async fn metrics(State(endpoint): State<Endpoint>, headers: HeaderMap) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // The owner of another name can point it at this address, and read the metrics from a page under that name.
    if endpoint.is_local && !is_local(host) {
        return (StatusCode::FORBIDDEN, "the host is not this machine\n").into_response();
    }
    match tokio::task::spawn_blocking(move || endpoint.text()).await {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Endpoint {
    /// Scrapes, once for all requests of the same moment.
    fn text(&self) -> String {
        let mut last = self.last.lock_ignoring_poison();
        match &*last {
            Some((time, text)) if time.elapsed() < MAX_AGE => text.clone(),
            _ => {
                let text =
                    exposition::text(self.scraper.metrics(), &self.scraper.scrape(), Form::OpenMetrics);
                *last = Some((Instant::now(), text.clone()));
                text
            }
        }
    }
}

/// Returns whether a `Host` header names this machine by its loopback address.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_local_by_its_address_or_its_name() {
        for host in ["localhost", "LOCALHOST:9464", "127.0.0.1:80", "127.0.0.2", "[::1]:9464", "[::1]"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org:80", "10.0.0.1", "127.0.0.1.nip.io", "[::2]:1"]
        {
            assert!(!is_local(host), "{host}");
        }
    }
}
