//! A task that owns its state, without a lock: it serves the console while it waits for its next event.
//!
//! ```text
//! cargo run --example actor
//! nc -U /var/tmp/testing.manhole
//! >>> router.routes["/health"].hits
//! >>> router.routes.remove("/old")
//! >>> router.busiest()
//! ```

#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use manhole::{Manhole, Visits, manhole};
use tokio::sync::mpsc;

/// The routes of the service, which one task owns.
#[derive(Manhole)]
struct Router {
    /// The routes by their paths.
    routes: BTreeMap<String, Route>,
    /// Requests for a path without a route.
    unknown: u64,
    /// Seconds since the start.
    #[manhole(readonly)]
    uptime: u64,
}

#[derive(Manhole, Default)]
struct Route {
    hits: u64,
}

#[manhole::methods]
impl Router {
    /// The path with the most hits.
    pub fn busiest(&self) -> Option<String> {
        self.routes.iter().max_by_key(|(_, route)| route.hits).map(|(path, _)| path.clone())
    }
}

/// What makes the task go on.
enum Event {
    Request(String),
    Second,
}

/// Runs until no one sends requests any more.
async fn run(mut router: Router, visits: Visits<Router>, mut requests: mpsc::Receiver<String>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        let event = async {
            tokio::select! {
                request = requests.recv() => request.map(Event::Request),
                _ = seconds.tick() => Some(Event::Second),
            }
        };
        match visits.serving(&mut router, event).await {
            Some(Event::Request(path)) => match router.routes.get_mut(&path) {
                Some(route) => route.hits += 1,
                None => router.unknown += 1,
            },
            Some(Event::Second) => router.uptime += 1,
            None => return,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let (router, visits) = manhole::visits();
    let console = manhole::spawn(
        &path,
        manhole! {
            /// The routes of the service.
            router => router,
        },
    )?;
    announce(&console.addresses()[0].command());
    let routes = ["/", "/health", "/old"].map(|path| (path.to_owned(), Route::default()));
    let state = Router { routes: routes.into(), unknown: 0, uptime: 0 };
    let (sender, requests) = mpsc::channel(64);
    let task = tokio::spawn(run(state, visits, requests));
    // Until Ctrl-C ends the process.
    for path in ["/", "/health", "/", "/favicon.ico"].into_iter().cycle() {
        sender.send(path.to_owned()).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task.await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(command: &str) {
    println!("connect with: {command}");
}
