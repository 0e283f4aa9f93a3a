//! The state of the transcript in the guide.

use std::collections::BTreeMap;
use std::sync::Arc;

use manhole::{Manhole, Namespace, manhole};
use parking_lot::Mutex;

/// The service of the guide.
#[derive(Manhole)]
struct Service {
    mode: Mode,
    limit: Option<u32>,
    sessions: BTreeMap<u64, Session>,
}

#[derive(Manhole)]
enum Mode {
    Idle,
    Busy { job: u64 },
}

#[derive(Manhole)]
struct Session {
    user: String,
    /// In seconds.
    idle: u64,
}

/// Returns new state.
pub(crate) fn namespace() -> Namespace {
    let session = |user: &str, idle| Session { user: user.to_owned(), idle };
    let sessions = BTreeMap::from([(7, session("alice", 3)), (9, session("bob", 900))]);
    assert!(!matches!(Mode::Busy { job: 4 }, Mode::Idle));
    let service = Service { mode: Mode::Busy { job: 4 }, limit: Some(100), sessions };
    let service = Arc::new(Mutex::new(service));
    manhole! { service => service }
}
