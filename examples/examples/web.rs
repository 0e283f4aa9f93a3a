//! A web service on axum, with its state exposed.
//!
//! ```text
//! cargo run --example web
//! curl http://127.0.0.1:PORT/hello/alice
//! nc -U /var/tmp/testing.manhole
//! >>> app.greeted
//! >>> app.config.greeting = "Good morning"
//! >>> app.forget("alice")
//! ```

#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use manhole::{Manhole, manhole};
use parking_lot::RwLock;

/// The state that all requests share.
#[derive(Manhole)]
struct App {
    /// Requests answered since the start.
    requests: AtomicU64,
    /// The number of greetings for each name.
    greeted: RwLock<HashMap<String, u64>>,
    /// Settings that can be changed at run time.
    config: RwLock<Config>,
    /// The listening address.
    #[manhole(readonly)]
    port: u16,
}

/// Settings that can be changed at run time.
#[derive(Manhole)]
struct Config {
    /// The greeting.
    greeting: String,
}

#[manhole::methods]
impl App {
    /// Removes a name. Returns whether it was known.
    pub fn forget(&self, name: &str) -> bool {
        self.greeted.write().remove(name).is_some()
    }
}

async fn hello(State(app): State<Arc<App>>, Path(name): Path<String>) -> String {
    app.requests.fetch_add(1, Ordering::Relaxed);
    let greeting = format!("{}, {name}\n", app.config.read().greeting);
    *app.greeted.write().entry(name).or_default() += 1;
    greeting
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let config = RwLock::new(Config { greeting: "Hello".to_owned() });
    let app = Arc::new(App {
        requests: AtomicU64::new(0),
        greeted: RwLock::default(),
        config,
        port: listener.local_addr()?.port(),
    });

    let console = manhole::spawn(
        path,
        manhole! {
            /// The state that all requests share.
            app => app,
        },
    )?;
    announce(&console, app.port);

    let routes = Router::new().route("/hello/{name}", get(hello)).with_state(app);
    axum::serve(listener, routes).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(console: &manhole::Console, port: u16) {
    for address in console.addresses() {
        println!("connect with: {}", address.command());
    }
    println!("serving http://127.0.0.1:{port}/hello/you");
}
