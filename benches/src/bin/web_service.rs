//! A typical web service, with a console if it gets a path for one.
//!
//! ```text
//! web_service [SOCKET]
//! ```

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use manhole::{Builder, Limits, Manhole, manhole};
use parking_lot::RwLock;

#[derive(Manhole, Default)]
struct App {
    requests: AtomicU64,
    greeted: RwLock<HashMap<String, u64>>,
}

async fn hello(State(app): State<Arc<App>>, Path(name): Path<String>) -> String {
    app.requests.fetch_add(1, Ordering::Relaxed);
    let greeting = format!("Hello, {name}\n");
    *app.greeted.write().entry(name).or_default() += 1;
    greeting
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Arc::new(App::default());
    let console = std::env::args_os().nth(1).map(|path| {
        let mut limits = Limits::ceiling();
        limits.timeout = Duration::from_secs(60);
        Builder::new(manhole! { app => Arc::clone(&app) }).limits(|all| *all = limits).spawn(path)
    });
    let _console = console.transpose()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    let routes = Router::new().route("/hello/{name}", get(hello)).with_state(app);
    axum::serve(listener, routes).await?;
    Ok(())
}
