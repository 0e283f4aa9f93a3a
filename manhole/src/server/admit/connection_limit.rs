//! How many sessions there are, in all and for each user, and how fast new ones come.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::rate_limit::RateLimiter;
use crate::sync::LockIgnoringPoison;

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// How many sessions there may be at once.
    pub(crate) sessions: usize,
    /// How many sessions one user may have at once, where the program says so.
    pub(crate) per_user: Option<usize>,
    /// How many connections of one user may come in a second; twice as many may come at once.
    pub(crate) per_second: f64,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { sessions: 64, per_user: None, per_second: 1_000.0 }
    }
}

impl ConnectionLimits {
    /// How many sessions one user may have at once. Unless the program says otherwise the last eighth is for others, so that a
    /// client that leaves its sessions open does not keep root out.
    fn per_user_limit(self) -> usize {
        self.per_user.unwrap_or(self.sessions - self.sessions / 8)
    }
}

/// Who is there.
#[derive(Clone)]
pub(crate) struct ConnectionLimiter(Arc<Mutex<State>>);

struct State {
    /// By the user's number; `None` for those that nobody knows.
    sessions: HashMap<Option<u32>, usize>,
    total: usize,
    /// Those who have not said yet who they are, the oldest first.
    pending: VecDeque<PendingAuth>,
    /// The number of the last of them.
    last_pending: u64,
    arrivals: RateLimiter<Option<u32>>,
}

/// How many clients may be about to say who they are. They do not count as sessions, and one more sends the oldest away, so that
/// whoever never says it keeps nobody out.
pub(crate) const MAX_UNAUTHENTICATED: usize = 16;

struct PendingAuth {
    number: u64,
    /// Sends it away.
    leave: Box<dyn FnOnce() + Send>,
}

/// One session of a user, or somebody who wants to have one, for as long as this is kept.
pub(crate) struct ConnectionPermit {
    limiter: ConnectionLimiter,
    who: Who,
}

enum Who {
    PendingAuth(u64),
    User(Option<u32>),
}

impl ConnectionLimiter {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        let arrivals = RateLimiter::new((2.0 * limits.per_second).max(1.0), limits.per_second);
        let state =
            State { sessions: HashMap::new(), total: 0, pending: VecDeque::new(), last_pending: 0, arrivals };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Whether one more connection of a user may come now.
    pub(crate) fn check_rate(&self, uid: Option<u32>) -> Result<(), String> {
        match self.state().arrivals.try_acquire(uid) {
            Some(_) => Ok(()),
            None => Err("too many new connections: try again in a second".to_owned()),
        }
    }

    /// Lets one more session of a user in.
    pub(crate) fn admit(
        &self,
        uid: Option<u32>,
        limits: ConnectionLimits,
    ) -> Result<ConnectionPermit, String> {
        let mut state = self.state();
        if state.total >= limits.sessions {
            return Err(format!("too many sessions: {} are open already", state.total));
        }
        let sessions = state.sessions.entry(uid).or_default();
        if *sessions >= limits.per_user_limit() {
            return Err(format!("too many sessions: this user has {sessions} open already"));
        }
        *sessions += 1;
        state.total += 1;
        Ok(ConnectionPermit { limiter: self.clone(), who: Who::User(uid) })
    }

    /// Lets somebody in who has yet to say who it is, and whom `leave` sends away. If there are too many, the oldest has to go.
    pub(crate) fn admit_pending(&self, leave: impl FnOnce() + Send + 'static) -> ConnectionPermit {
        let mut state = self.state();
        let oldest =
            if state.pending.len() >= MAX_UNAUTHENTICATED { state.pending.pop_front() } else { None };
        state.last_pending += 1;
        let number = state.last_pending;
        state.pending.push_back(PendingAuth { number, leave: Box::new(leave) });
        drop(state);
        if let Some(oldest) = oldest {
            (oldest.leave)();
        }
        ConnectionPermit { limiter: self.clone(), who: Who::PendingAuth(number) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.0.lock_ignoring_poison()
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        let uid = match self.who {
            Who::User(uid) => uid,
            Who::PendingAuth(number) => return state.pending.retain(|stranger| stranger.number != number),
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

    #[test]
    fn each_user_has_a_number_of_sessions_of_its_own() {
        let limits = ConnectionLimits { per_user: Some(2), ..ConnectionLimits::default() };
        let limiter = ConnectionLimiter::new(limits);
        let first = limiter.admit(Some(7), limits).ok();
        let _second = limiter.admit(Some(7), limits).ok();
        assert_eq!(
            limiter.admit(Some(7), limits).err().as_deref(),
            Some("too many sessions: this user has 2 open already")
        );
        assert!(limiter.admit(Some(8), limits).is_ok());
        drop(first);
        assert!(limiter.admit(Some(7), limits).is_ok());
    }

    #[test]
    fn there_is_a_number_of_sessions_in_all_and_strangers_are_none() {
        let limits = ConnectionLimits { sessions: 2, ..ConnectionLimits::default() };
        let limiter = ConnectionLimiter::new(limits);
        let left = Arc::new(Mutex::new(Vec::new()));
        let pending: Vec<_> = (0..MAX_UNAUTHENTICATED + 2)
            .map(|number| {
                let left = Arc::clone(&left);
                limiter.admit_pending(move || left.lock().unwrap().push(number))
            })
            .collect();
        assert_eq!(*left.lock().unwrap(), [0, 1], "the oldest have to go");
        let first = limiter.admit(Some(1), limits).ok();
        let _second = limiter.admit(None, limits).ok();
        assert_eq!(
            limiter.admit(Some(3), limits).err().as_deref(),
            Some("too many sessions: 2 are open already")
        );
        drop((first, pending));
        assert!(limiter.admit(Some(3), limits).is_ok());
        drop(limiter.admit_pending(|| unreachable!("there is room")));
    }

    #[test]
    fn too_many_at_once_are_turned_away_and_others_are_not() {
        let limiter =
            ConnectionLimiter::new(ConnectionLimits { per_second: 10.0, ..ConnectionLimits::default() });
        let admitted = (0..100).filter(|_| limiter.check_rate(Some(7)).is_ok()).count();
        assert!((20..40).contains(&admitted), "{admitted}");
        assert!(limiter.check_rate(Some(8)).is_ok() && limiter.check_rate(None).is_ok());
    }

    #[test]
    fn one_user_leaves_room_for_others() {
        let limits = ConnectionLimits::default();
        let limiter = ConnectionLimiter::new(limits);
        let held: Vec<_> = (0..64).map_while(|_| limiter.admit(Some(7), limits).ok()).collect();
        assert_eq!(held.len(), 56);
        assert!(limiter.admit(Some(0), limits).is_ok());
        let one = ConnectionLimits { sessions: 1, ..limits };
        assert!(ConnectionLimiter::new(one).admit(Some(7), one).is_ok());
    }
}
