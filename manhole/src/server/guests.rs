//! How many sessions there are, in all and for each user, and how fast new ones come.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::rate::Rates;
use crate::sync::LockIgnoringPoison;

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// How many sessions there may be at once.
    pub(super) sessions: usize,
    /// How many sessions one user may have at once, where the program says so.
    pub(super) per_user: Option<usize>,
    /// How many connections of one user may come in a second; twice as many may come at once.
    pub(super) per_second: f64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { sessions: 64, per_user: None, per_second: 1_000.0 }
    }
}

impl Quota {
    /// How many sessions one user may have at once. Unless the program says otherwise the last eighth is for others, so that a
    /// client that leaves its sessions open does not keep root out.
    fn of_one_user(self) -> usize {
        self.per_user.unwrap_or(self.sessions - self.sessions / 8)
    }
}

/// Who is there.
#[derive(Clone)]
pub(super) struct Guests(Arc<Mutex<State>>);

struct State {
    /// By the user's number; `None` for those that nobody knows.
    sessions: HashMap<Option<u32>, usize>,
    total: usize,
    /// Those who have not said yet who they are, the oldest first.
    strangers: VecDeque<Stranger>,
    /// The number of the last of them.
    last_stranger: u64,
    arrivals: Rates<Option<u32>>,
}

/// How many clients may be about to say who they are. They do not count as sessions, and one more sends the oldest away, so that
/// whoever never says it keeps nobody out.
pub(super) const MOST_STRANGERS: usize = 16;

struct Stranger {
    number: u64,
    /// Sends it away.
    leave: Box<dyn FnOnce() + Send>,
}

/// One session of a user, or somebody who wants to have one, for as long as this is kept.
pub(super) struct Guest {
    guests: Guests,
    who: Who,
}

enum Who {
    Stranger(u64),
    User(Option<u32>),
}

impl Guests {
    pub(super) fn new(quota: Quota) -> Self {
        let arrivals = Rates::new((2.0 * quota.per_second).max(1.0), quota.per_second);
        let state = State {
            sessions: HashMap::new(),
            total: 0,
            strangers: VecDeque::new(),
            last_stranger: 0,
            arrivals,
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Whether one more connection of a user may come now.
    pub(super) fn knock(&self, uid: Option<u32>) -> Result<(), String> {
        match self.state().arrivals.take(uid) {
            Some(_) => Ok(()),
            None => Err("too many new connections: try again in a second".to_owned()),
        }
    }

    /// Lets one more session of a user in.
    pub(super) fn admit(&self, uid: Option<u32>, quota: Quota) -> Result<Guest, String> {
        let mut state = self.state();
        if state.total >= quota.sessions {
            return Err(format!("too many sessions: {} are open already", state.total));
        }
        let sessions = state.sessions.entry(uid).or_default();
        if *sessions >= quota.of_one_user() {
            return Err(format!("too many sessions: this user has {sessions} open already"));
        }
        *sessions += 1;
        state.total += 1;
        Ok(Guest { guests: self.clone(), who: Who::User(uid) })
    }

    /// Lets somebody in who has yet to say who it is, and whom `leave` sends away. If there are too many, the oldest has to go.
    pub(super) fn admit_stranger(&self, leave: impl FnOnce() + Send + 'static) -> Guest {
        let mut state = self.state();
        let oldest = if state.strangers.len() >= MOST_STRANGERS { state.strangers.pop_front() } else { None };
        state.last_stranger += 1;
        let number = state.last_stranger;
        state.strangers.push_back(Stranger { number, leave: Box::new(leave) });
        drop(state);
        if let Some(oldest) = oldest {
            (oldest.leave)();
        }
        Guest { guests: self.clone(), who: Who::Stranger(number) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.0.lock_ignoring_poison()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut state = self.guests.state();
        let uid = match self.who {
            Who::User(uid) => uid,
            Who::Stranger(number) => return state.strangers.retain(|stranger| stranger.number != number),
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
        let quota = Quota { per_user: Some(2), ..Quota::default() };
        let guests = Guests::new(quota);
        let first = guests.admit(Some(7), quota).ok();
        let _second = guests.admit(Some(7), quota).ok();
        assert_eq!(
            guests.admit(Some(7), quota).err().as_deref(),
            Some("too many sessions: this user has 2 open already")
        );
        assert!(guests.admit(Some(8), quota).is_ok());
        drop(first);
        assert!(guests.admit(Some(7), quota).is_ok());
    }

    #[test]
    fn there_is_a_number_of_sessions_in_all_and_strangers_are_none() {
        let quota = Quota { sessions: 2, ..Quota::default() };
        let guests = Guests::new(quota);
        let left = Arc::new(Mutex::new(Vec::new()));
        let strangers: Vec<_> = (0..MOST_STRANGERS + 2)
            .map(|number| {
                let left = Arc::clone(&left);
                guests.admit_stranger(move || left.lock().unwrap().push(number))
            })
            .collect();
        assert_eq!(*left.lock().unwrap(), [0, 1], "the oldest have to go");
        let first = guests.admit(Some(1), quota).ok();
        let _second = guests.admit(None, quota).ok();
        assert_eq!(
            guests.admit(Some(3), quota).err().as_deref(),
            Some("too many sessions: 2 are open already")
        );
        drop((first, strangers));
        assert!(guests.admit(Some(3), quota).is_ok());
        drop(guests.admit_stranger(|| unreachable!("there is room")));
    }

    #[test]
    fn too_many_at_once_are_turned_away_and_others_are_not() {
        let guests = Guests::new(Quota { per_second: 10.0, ..Quota::default() });
        let admitted = (0..100).filter(|_| guests.knock(Some(7)).is_ok()).count();
        assert!((20..40).contains(&admitted), "{admitted}");
        assert!(guests.knock(Some(8)).is_ok() && guests.knock(None).is_ok());
    }

    #[test]
    fn one_user_leaves_room_for_others() {
        let quota = Quota::default();
        let guests = Guests::new(quota);
        let held: Vec<_> = (0..64).map_while(|_| guests.admit(Some(7), quota).ok()).collect();
        assert_eq!(held.len(), 56);
        assert!(guests.admit(Some(0), quota).is_ok());
        let one = Quota { sessions: 1, ..quota };
        assert!(Guests::new(one).admit(Some(7), one).is_ok());
    }
}
