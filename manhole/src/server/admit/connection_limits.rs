//! Limits on connections: how many there are, in all and for each user, and how many new ones there are in a second.
//!
//! A client that finds no room gets that of the user that has most. So a user can fill the console, and keeps no other out.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::peer_key::{PeerKey, count_by_key, first_of_most};
use crate::rate_limit::RateLimiter;
use crate::reflect::Level;
use crate::session::SessionInfo;
use crate::sync::LockIgnoringPoison;

/// How many clients may wait at the token prompt. They have no session yet. One more disconnects the oldest of the user, or the
/// address, that has most, so that silent clients keep no other out.
pub(crate) const MAX_UNAUTHENTICATED: usize = 16;

/// How many clients may wait for the decision whether they are admitted. Each has a thread, since the decision may call the application.
pub(crate) const MAX_ARRIVALS: usize = 128;

/// How many of them may be of one user.
const MAX_ARRIVALS_PER_USER: usize = 96;

/// Limits on the connections of a console. A client beyond them gets an error, and is disconnected.
///
/// They apply to each user of the machine, and to each address of another machine.
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
    ///
    /// The last eighth is for clients at the highest level that [`Access`](crate::Access) gives. A client that finds no place takes
    /// one from the user that has most, if that has at least two more, or if the client's level is higher. The oldest session of that
    /// user ends with a message.
    pub sessions: usize,
    /// The number of concurrent sessions of one user. Defaults to seven eighths of `sessions`, so that one user that leaves its
    /// sessions open does not keep root out.
    pub sessions_per_user: Option<usize>,
    /// The number of new connections of one user in a second. Twice as many may come at once. Defaults to 1,000.
    pub connections_per_second: u32,
    /// How long a client may take to send its [`token`](crate::Listener::token). Defaults to 10 seconds. At most 16 clients may
    /// wait there; one more disconnects the oldest one of the user that has most.
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
        self.sessions_per_user.unwrap_or(self.sessions - self.reserved_sessions())
    }

    const fn reserved_sessions(self) -> usize {
        self.sessions / 8
    }
}

/// Disconnects a client, with this reason.
pub(crate) type Disconnect = Box<dyn FnOnce(&str) + Send>;

/// Counts connections, and enforces their limits.
#[derive(Clone)]
pub(crate) struct ConnectionLimiter {
    limits: ConnectionLimits,
    /// The level of the clients that get the last places.
    highest_level: Level,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The oldest first.
    sessions: Vec<CountedConnection>,
    /// The clients at the token prompt, the oldest first.
    pending: Vec<CountedConnection>,
    /// The number of the last connection.
    last_number: u64,
    /// The clients that wait for the decision whether they are admitted.
    arrivals: Vec<CountedConnection>,
    rates: RateLimiter<PeerKey>,
}

struct CountedConnection {
    number: u64,
    key: PeerKey,
    level: Level,
    disconnect: Disconnect,
    /// The session, once it has one.
    session: Option<SessionInfo>,
}

impl CountedConnection {
    fn new(number: u64, key: PeerKey, level: Level, disconnect: Disconnect) -> Self {
        Self { number, key, level, disconnect, session: None }
    }
}

/// Counts a connection until this is dropped.
pub(crate) struct ConnectionPermit {
    limiter: ConnectionLimiter,
    number: u64,
}

impl ConnectionLimiter {
    pub(crate) fn new(limits: ConnectionLimits, highest_level: Level) -> Self {
        let per_second = f64::from(limits.connections_per_second);
        let state = State {
            sessions: Vec::new(),
            pending: Vec::new(),
            last_number: 0,
            arrivals: Vec::new(),
            rates: RateLimiter::new((2.0 * per_second).max(1.0), per_second),
        };
        Self { limits, highest_level, state: Arc::new(Mutex::new(state)) }
    }

    /// Counts a new connection; the error is the reason to report to the client.
    pub(crate) fn check_rate(&self, key: PeerKey) -> Result<(), String> {
        match self.state().rates.try_acquire(key) {
            Some(_) => Ok(()),
            None => Err("too many new connections; try again in a second".to_owned()),
        }
    }

    /// Counts a client until it is admitted; the error is the reason to report to the client.
    pub(crate) fn admit_arrival(&self, key: PeerKey) -> Result<ConnectionPermit, String> {
        let mut state = self.state();
        if count(&state.arrivals, key) >= MAX_ARRIVALS_PER_USER {
            return Err("too many connections of this user wait to be admitted".to_owned());
        }
        let number = state.next_number();
        let disconnect = Box::new(|_: &str| ());
        state.arrivals.push(CountedConnection::new(number, key, Level::Observe, disconnect));
        Ok(ConnectionPermit { limiter: self.clone(), number })
    }

    /// Counts a session; the error is the reason to report to the client. May end the session of another client to make room.
    pub(crate) fn admit(
        &self,
        key: PeerKey,
        level: Level,
        disconnect: Disconnect,
    ) -> Result<ConnectionPermit, String> {
        let mut state = self.state();
        let reserved = if level < self.highest_level { self.limits.reserved_sessions() } else { 0 };
        let is_full = state.sessions.len() >= self.limits.sessions - reserved;
        let place = if is_full { state.place_for(key, level) } else { None };
        if is_full && place.is_none() {
            let (sessions, highest) = (self.limits.sessions, self.highest_level);
            return Err(match reserved {
                0 => format!("the console has its maximum of {sessions} sessions"),
                _ => format!("the last {reserved} of {sessions} sessions are for level {highest}"),
            });
        }
        let own = count(&state.sessions, key);
        if own >= self.limits.max_sessions_per_user() {
            return Err(format!("this user has its maximum of {own} sessions"));
        }
        let displaced = place.map(|place| state.sessions.remove(place));
        let number = state.next_number();
        state.sessions.push(CountedConnection::new(number, key, level, disconnect));
        drop(state);
        if let Some(displaced) = displaced {
            (displaced.disconnect)("closed to make room for another user");
        }
        Ok(ConnectionPermit { limiter: self.clone(), number })
    }

    /// Counts a client at the token prompt, which `disconnect` disconnects. If too many wait there, disconnects another one.
    pub(crate) fn admit_pending(&self, key: PeerKey, disconnect: Disconnect) -> ConnectionPermit {
        let mut state = self.state();
        let number = state.next_number();
        state.pending.push(CountedConnection::new(number, key, Level::Observe, disconnect));
        let is_full = state.pending.len() > MAX_UNAUTHENTICATED;
        let excess = if is_full { first_of_most(state.pending.iter().map(|each| each.key)) } else { None };
        let excess = excess.map(|at| state.pending.remove(at));
        drop(state);
        if let Some(excess) = excess {
            (excess.disconnect)("too many connections wait for a token");
        }
        ConnectionPermit { limiter: self.clone(), number }
    }

    /// Returns the sessions that are open.
    pub(crate) fn open_sessions(&self) -> Vec<SessionInfo> {
        self.state().sessions.iter().filter_map(|each| each.session.clone()).collect()
    }

    /// Ends a session with this reason. Returns whether it was open.
    pub(crate) fn end_session(&self, number: u64, reason: &str) -> bool {
        let ended = {
            let mut state = self.state();
            let is_it = |each: &CountedConnection| {
                each.session.as_ref().is_some_and(|session| session.session() == number)
            };
            let place = state.sessions.iter().position(is_it);
            place.map(|place| state.sessions.remove(place))
        };
        let was_open = ended.is_some();
        if let Some(ended) = ended {
            (ended.disconnect)(reason);
        }
        was_open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock_ignoring_poison()
    }
}

impl State {
    const fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Returns the position of the session that has to end for a client of this user and level, if there is one.
    fn place_for(&self, key: PeerKey, level: Level) -> Option<usize> {
        let counts = count_by_key(self.sessions.iter().map(|session| session.key));
        let count = |key| counts.get(&key).copied().unwrap_or_default();
        let may_end = |session: &CountedConnection| {
            session.level < level || session.level == level && count(session.key) > count(key) + 1
        };
        let sessions = self.sessions.iter().enumerate().filter(|(_, session)| may_end(session));
        let place = sessions.min_by_key(|(at, session)| (Reverse(count(session.key)), session.level, *at));
        place.map(|(at, _)| at)
    }
}

fn count(connections: &[CountedConnection], key: PeerKey) -> usize {
    connections.iter().filter(|connection| connection.key == key).count()
}

impl ConnectionPermit {
    /// Sets the session that it counts.
    pub(super) fn set_session(&self, session: SessionInfo) {
        let mut state = self.limiter.state();
        if let Some(counted) = state.sessions.iter_mut().find(|each| each.number == self.number) {
            counted.session = Some(session);
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        let is_other = |each: &CountedConnection| each.number != self.number;
        state.arrivals.retain(is_other);
        state.pending.retain(is_other);
        state.sessions.retain(is_other);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn limiter(change: impl FnOnce(&mut ConnectionLimits)) -> ConnectionLimiter {
        let mut limits = ConnectionLimits::default();
        change(&mut limits);
        ConnectionLimiter::new(limits, Level::Admin)
    }

    const USER: fn(u32) -> PeerKey = PeerKey::User;

    /// The names of the clients that were disconnected.
    #[derive(Clone, Default)]
    struct Disconnected(Arc<Mutex<Vec<String>>>);

    impl Disconnected {
        fn add(&self, name: impl Into<String>) -> Disconnect {
            let (all, name) = (Arc::clone(&self.0), name.into());
            Box::new(move |_| all.lock().unwrap().push(name))
        }

        fn take(&self) -> Vec<String> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    fn never() -> Disconnect {
        Box::new(|_| unreachable!("there is room"))
    }

    fn admit(limiter: &ConnectionLimiter, uid: u32) -> Result<ConnectionPermit, String> {
        limiter.admit(USER(uid), Level::Admin, never())
    }

    #[test]
    fn the_numbers_are_the_documented_ones() {
        assert_eq!((MAX_UNAUTHENTICATED, MAX_ARRIVALS, MAX_ARRIVALS_PER_USER), (16, 128, 96));
        let limits = ConnectionLimits::default();
        assert_eq!(
            (limits.sessions, limits.max_sessions_per_user(), limits.reserved_sessions()),
            (64, 56, 8)
        );
        assert_eq!((limits.connections_per_second, limits.token_timeout.as_secs()), (1_000, 10));
    }

    #[test]
    fn counts_the_sessions_of_each_user() {
        let limiter = limiter(|limits| limits.sessions_per_user = Some(2));
        let first = admit(&limiter, 7).ok();
        let _second = admit(&limiter, 7).ok();
        assert_eq!(admit(&limiter, 7).err().as_deref(), Some("this user has its maximum of 2 sessions"));
        assert!(admit(&limiter, 8).is_ok());
        drop(first);
        assert!(admit(&limiter, 7).is_ok());
    }

    #[test]
    fn counts_all_sessions() {
        let limiter = limiter(|limits| limits.sessions = 2);
        let first = admit(&limiter, 1).ok();
        let _second = admit(&limiter, 2).ok();
        assert_eq!(admit(&limiter, 3).err().as_deref(), Some("the console has its maximum of 2 sessions"));
        drop(first);
        assert!(admit(&limiter, 3).is_ok());
    }

    #[test]
    fn a_client_at_the_token_prompt_gets_the_place_of_the_user_that_has_most() {
        let (limiter, disconnected) = (limiter(|_| ()), Disconnected::default());
        let patient = limiter.admit_pending(USER(1), disconnected.add("patient"));
        let pending = |number: usize| limiter.admit_pending(USER(2), disconnected.add(number.to_string()));
        let pending: Vec<_> = (0..MAX_UNAUTHENTICATED + 100).map(pending).collect();
        let expected: Vec<_> = (0..101).map(|number| number.to_string()).collect();
        assert_eq!(disconnected.take(), expected);
        // With as many of each, the oldest of all goes.
        drop(pending);
        let each: Vec<_> = (0..u32::try_from(MAX_UNAUTHENTICATED).unwrap())
            .map(|uid| limiter.admit_pending(USER(uid + 10), never()))
            .collect();
        assert_eq!(disconnected.take(), ["patient"]);
        drop((patient, each));
        drop(limiter.admit_pending(USER(3), never()));
    }

    #[test]
    fn limits_the_rate_of_each_user() {
        let few = limiter(|limits| limits.connections_per_second = 10);
        let start = Instant::now();
        let admitted = || (0..100).filter(|_| few.check_rate(USER(7)).is_ok()).count();
        let at_once = admitted();
        std::thread::sleep(Duration::from_millis(300));
        let all = at_once + admitted();
        // Ten in each second, after twice as many at once.
        let most = |time: Duration| 20 + (10.0 * time.as_secs_f64()) as usize + 1;
        assert!((20..=most(start.elapsed())).contains(&at_once), "{at_once}");
        assert!((22..=most(start.elapsed())).contains(&all), "{all}");
        assert!(few.check_rate(USER(8)).is_ok() && few.check_rate(PeerKey::Unknown).is_ok());
        assert!(limiter(|limits| limits.connections_per_second = 0).check_rate(USER(7)).is_ok());
    }

    #[test]
    fn a_user_whose_clients_wait_to_be_admitted_leaves_room_for_others() {
        let limiter = limiter(|_| ());
        let mut waiting: Vec<_> = (0..200).map_while(|_| limiter.admit_arrival(USER(7)).ok()).collect();
        assert_eq!(waiting.len(), MAX_ARRIVALS_PER_USER);
        assert!(limiter.admit_arrival(USER(8)).is_ok());
        waiting.pop();
        assert!(limiter.admit_arrival(USER(7)).is_ok());
    }

    #[test]
    fn one_user_leaves_room_for_others_by_default() {
        let many = limiter(|_| ());
        let held: Vec<_> = (0..64).map_while(|_| admit(&many, 7).ok()).collect();
        assert_eq!(held.len(), 56);
        assert!(admit(&many, 0).is_ok());
        assert!(admit(&limiter(|limits| limits.sessions = 1), 7).is_ok());
    }

    #[test]
    fn two_users_that_fill_the_console_make_room_for_a_third() {
        let (limiter, disconnected) = (limiter(|_| ()), Disconnected::default());
        let admit = |uid: u32, number: usize| {
            limiter.admit(USER(uid), Level::Admin, disconnected.add(format!("{uid}: {number}")))
        };
        let mut held: Vec<_> = (0..56).map_while(|number| admit(7, number).ok()).collect();
        held.extend((0..8).map_while(|number| admit(8, number).ok()));
        assert_eq!(held.len(), 64);
        held.extend((0..3).map_while(|number| admit(0, number).ok()));
        assert_eq!(disconnected.take(), ["7: 0", "7: 1", "7: 2"]);
        // No user takes more than the others have.
        held.extend((3..100).map_while(|number| admit(0, number).ok()));
        let of_root = limiter.state().sessions.iter().filter(|session| session.key == USER(0)).count();
        assert_eq!((limiter.state().sessions.len(), of_root), (64, 28));
        drop(held);
        assert!(limiter.state().sessions.is_empty());
    }

    #[test]
    fn the_last_places_are_for_the_highest_level() {
        let (limiter, disconnected) = (limiter(|_| ()), Disconnected::default());
        let observe = |uid| limiter.admit(USER(uid), Level::Observe, disconnected.add(uid.to_string()));
        let mut held: Vec<_> = (100..164).map_while(|uid| observe(uid).ok()).collect();
        assert_eq!(held.len(), 56);
        assert_eq!(observe(200).err().as_deref(), Some("the last 8 of 64 sessions are for level admin"));
        held.extend((0..8).map_while(|uid| admit(&limiter, uid).ok()));
        assert_eq!((held.len(), disconnected.take().len()), (64, 0));
        // When these are taken too, a lower level makes room.
        held.extend(admit(&limiter, 9).ok());
        assert_eq!(disconnected.take(), ["100"]);
        // A higher level makes none for a lower one.
        assert!(observe(200).is_err());
    }

    #[test]
    fn each_level_below_the_highest_leaves_the_last_places() {
        let limiter = limiter(|_| ());
        let operate = |uid| limiter.admit(USER(uid), Level::Operate, never());
        let held: Vec<_> = (100..164).map_while(|uid| operate(uid).ok()).collect();
        assert_eq!(held.len(), 56);
    }

    #[test]
    fn a_client_takes_no_place_of_a_higher_level_and_the_one_of_the_lowest() {
        let (limiter, disconnected) = (limiter(|limits| limits.sessions = 8), Disconnected::default());
        let admit = |uid, level, name| limiter.admit(USER(uid), level, disconnected.add(name));
        let mut held: Vec<_> = (0..6).filter_map(|_| admit(7, Level::Admin, "admin").ok()).collect();
        held.extend(admit(7, Level::Operate, "operate").ok());
        assert_eq!(held.len(), 7);
        assert!(admit(8, Level::Observe, "observe").is_err(), "a user that has most has higher levels");
        held.extend(admit(8, Level::Admin, "another").ok());
        assert_eq!((held.len(), disconnected.take().len()), (8, 0));
        // The newest session of that user, but at the lowest level.
        held.extend(admit(9, Level::Admin, "third").ok());
        assert_eq!((held.len(), disconnected.take()), (9, vec!["operate".to_owned()]));
    }
}
