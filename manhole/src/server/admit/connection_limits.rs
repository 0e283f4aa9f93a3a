//! Limits on connections: how many there are, in all and for each user, and how many new ones there are in a second.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::rate_limit::RateLimiter;
use crate::sync::LockIgnoringPoison;

/// How many clients may wait at the token prompt. They have no session yet, and one more disconnects the oldest, so that silent
/// clients keep no other out.
pub(crate) const MAX_UNAUTHENTICATED: usize = 16;

/// Limits on the connections of a console. A client beyond them gets an error, and is disconnected.
///
/// ```
/// use std::time::Duration;
///
/// use manhole::{Builder, manhole};
///
/// let builder = Builder::new(manhole! { answer => 42_u8 }).connection_limits(|limits| {
///     limits.sessions = 8;
///     limits.idle_timeout = Some(Duration::from_secs(3_600));
/// });
/// # drop(builder);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// The number of concurrent sessions. Defaults to 64.
    pub sessions: usize,
    /// The number of concurrent sessions of one user. Defaults to seven eighths of `sessions`, so that one user that leaves its
    /// sessions open does not keep root out.
    pub sessions_per_user: Option<usize>,
    /// The number of new connections of one user in a second. Twice as many may come at once. Defaults to 1,000.
    pub connections_per_second: u32,
    /// How long a client may take to send its [`token`](crate::Listener::token). Defaults to 10 seconds. At most 16 clients may
    /// wait there; one more disconnects the oldest.
    pub token_timeout: Duration,
    /// How long a session may be without a command before it is closed. Defaults to `None`, forever: an idle session costs a thread
    /// that sleeps.
    pub idle_timeout: Option<Duration>,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            sessions: 64,
            sessions_per_user: None,
            connections_per_second: 1_000,
            token_timeout: Duration::from_secs(10),
            idle_timeout: None,
        }
    }
}

impl ConnectionLimits {
    fn max_sessions_per_user(self) -> usize {
        self.sessions_per_user.unwrap_or(self.sessions - self.sessions / 8)
    }
}

/// Counts connections, and enforces their limits.
#[derive(Clone)]
pub(crate) struct ConnectionLimiter {
    limits: ConnectionLimits,
    state: Arc<Mutex<State>>,
}

struct State {
    /// By user ID; `None` is all unknown users.
    sessions: HashMap<Option<u32>, usize>,
    total: usize,
    /// The clients at the token prompt, the oldest first.
    pending: VecDeque<PendingAuth>,
    /// The number of the last of them.
    last_pending: u64,
    arrivals: RateLimiter<Option<u32>>,
}

struct PendingAuth {
    number: u64,
    disconnect: Box<dyn FnOnce() + Send>,
}

/// Counts a connection until this is dropped.
pub(crate) struct ConnectionPermit {
    limiter: ConnectionLimiter,
    counted: Counted,
}

/// What a permit counts as.
enum Counted {
    /// A client at the token prompt, by number.
    Pending(u64),
    /// A session of this user.
    Session(Option<u32>),
}

impl ConnectionLimiter {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        let per_second = f64::from(limits.connections_per_second);
        let state = State {
            sessions: HashMap::new(),
            total: 0,
            pending: VecDeque::new(),
            last_pending: 0,
            arrivals: RateLimiter::new((2.0 * per_second).max(1.0), per_second),
        };
        Self { limits, state: Arc::new(Mutex::new(state)) }
    }

    /// Counts a new connection of a user; the error is the reason to report to the client.
    pub(crate) fn check_rate(&self, uid: Option<u32>) -> Result<(), String> {
        match self.state().arrivals.try_acquire(uid) {
            Some(_) => Ok(()),
            None => Err("too many new connections; try again in a second".to_owned()),
        }
    }

    /// Counts a session of a user; the error is the reason to report to the client.
    pub(crate) fn admit(&self, uid: Option<u32>) -> Result<ConnectionPermit, String> {
        let mut state = self.state();
        if state.total >= self.limits.sessions {
            return Err(format!("the console has its maximum of {} sessions", state.total));
        }
        let sessions = state.sessions.entry(uid).or_default();
        if *sessions >= self.limits.max_sessions_per_user() {
            return Err(format!("this user has its maximum of {sessions} sessions"));
        }
        *sessions += 1;
        state.total += 1;
        Ok(ConnectionPermit { limiter: self.clone(), counted: Counted::Session(uid) })
    }

    /// Counts a client at the token prompt, which `disconnect` disconnects. If too many wait there, disconnects the oldest.
    pub(crate) fn admit_pending(&self, disconnect: impl FnOnce() + Send + 'static) -> ConnectionPermit {
        let mut state = self.state();
        let oldest =
            if state.pending.len() >= MAX_UNAUTHENTICATED { state.pending.pop_front() } else { None };
        state.last_pending += 1;
        let number = state.last_pending;
        state.pending.push_back(PendingAuth { number, disconnect: Box::new(disconnect) });
        drop(state);
        if let Some(oldest) = oldest {
            (oldest.disconnect)();
        }
        ConnectionPermit { limiter: self.clone(), counted: Counted::Pending(number) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock_ignoring_poison()
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        let uid = match self.counted {
            Counted::Session(uid) => uid,
            Counted::Pending(number) => return state.pending.retain(|pending| pending.number != number),
        };
        state.total -= 1;
        if let Some(sessions) = state.sessions.get_mut(&uid) {
            *sessions -= 1;
            if *sessions == 0 {
                state.sessions.remove(&uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(change: impl FnOnce(&mut ConnectionLimits)) -> ConnectionLimiter {
        let mut limits = ConnectionLimits::default();
        change(&mut limits);
        ConnectionLimiter::new(limits)
    }

    #[test]
    fn counts_the_sessions_of_each_user() {
        let limiter = limiter(|limits| limits.sessions_per_user = Some(2));
        let first = limiter.admit(Some(7)).ok();
        let _second = limiter.admit(Some(7)).ok();
        assert_eq!(limiter.admit(Some(7)).err().as_deref(), Some("this user has its maximum of 2 sessions"));
        assert!(limiter.admit(Some(8)).is_ok());
        drop(first);
        assert!(limiter.admit(Some(7)).is_ok());
    }

    #[test]
    fn counts_all_sessions_and_disconnects_the_oldest_at_the_token_prompt() {
        let limiter = limiter(|limits| limits.sessions = 2);
        let disconnected = Arc::new(Mutex::new(Vec::new()));
        let pending: Vec<_> = (0..MAX_UNAUTHENTICATED + 2)
            .map(|number| {
                let disconnected = Arc::clone(&disconnected);
                limiter.admit_pending(move || disconnected.lock().unwrap().push(number))
            })
            .collect();
        assert_eq!(*disconnected.lock().unwrap(), [0, 1]);
        let first = limiter.admit(Some(1)).ok();
        let _second = limiter.admit(None).ok();
        assert_eq!(
            limiter.admit(Some(3)).err().as_deref(),
            Some("the console has its maximum of 2 sessions")
        );
        drop((first, pending));
        assert!(limiter.admit(Some(3)).is_ok());
        drop(limiter.admit_pending(|| unreachable!("there is room")));
    }

    #[test]
    fn limits_the_rate_of_each_user() {
        let limiter = limiter(|limits| limits.connections_per_second = 10);
        let admitted = (0..100).filter(|_| limiter.check_rate(Some(7)).is_ok()).count();
        assert!((20..40).contains(&admitted), "{admitted}");
        assert!(limiter.check_rate(Some(8)).is_ok() && limiter.check_rate(None).is_ok());
    }

    #[test]
    fn one_user_leaves_room_for_others_by_default() {
        let many = limiter(|_| ());
        let held: Vec<_> = (0..64).map_while(|_| many.admit(Some(7)).ok()).collect();
        assert_eq!(held.len(), 56);
        assert!(many.admit(Some(0)).is_ok());
        assert!(limiter(|limits| limits.sessions = 1).admit(Some(7)).is_ok());
    }
}
