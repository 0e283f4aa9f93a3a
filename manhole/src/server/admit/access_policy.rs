//! The rules that give a client its level.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::reflect::Level;
#[cfg(feature = "users")]
use crate::server::error::Error;
use crate::session::Peer;

/// The rules that decide which clients may connect, and at which level.
///
/// A client gets the highest level of all rules that match it, and is refused if none does. By default root and the user that runs
/// the application are [`admin`](Level::Admin), and all others are refused.
///
/// The kernel identifies the client of a Unix socket, and on Linux the user of a TCP client of the same machine. A listener with a
/// [`token`](crate::Listener::token) admits by the token alone.
///
/// ```
/// use manhole::{Access, Builder, Level, Namespace};
///
/// let access = Access::none()
///     .own_user(Level::Admin)
///     .user(1001, Level::Operate)
///     .group(4, Level::Observe);
/// let builder = Builder::new(Namespace::new()).access(access);
/// # drop(builder);
/// ```
#[derive(Clone, Debug)]
pub struct Access {
    rules: Vec<Rule>,
    max_level: Level,
}

type PolicyFn = dyn Fn(&Peer) -> Option<Level> + Send + Sync;

#[derive(Clone)]
enum Rule {
    Principal(Principal, Level),
    Function(Arc<PolicyFn>),
}

#[derive(Debug, Clone, Copy)]
enum Principal {
    OwnUser,
    User(u32),
    Group(u32),
}

impl Default for Access {
    fn default() -> Self {
        Self::none().own_user(Level::Admin).user(0, Level::Admin)
    }
}

impl Access {
    /// Refuses all clients until rules are added.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// // The users on call, and not even root.
    /// let access = Access::none().user(1001, Level::Admin).user(1002, Level::Operate);
    /// # drop(access);
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self { rules: Vec::new(), max_level: Level::Admin }
    }

    /// Calls `policy` for each client, for its level; `None` is no level. A panic of `policy` is `None` too.
    ///
    /// Rules that are added to this count as well: `policy` cannot refuse a client that another rule admits.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::from_fn(|peer| (peer.uid == Some(1001)).then_some(Level::Observe)).group(4, Level::Operate);
    /// # drop(access);
    /// ```
    pub fn from_fn(policy: impl Fn(&Peer) -> Option<Level> + Send + Sync + 'static) -> Self {
        Self { rules: vec![Rule::Function(Arc::new(policy))], ..Self::none() }
    }

    /// Gives the user that runs the application this level.
    #[must_use]
    pub fn own_user(self, level: Level) -> Self {
        self.rule(Principal::OwnUser, level)
    }

    /// Gives the user with this ID this level.
    #[must_use]
    pub fn user(self, uid: u32, level: Level) -> Self {
        self.rule(Principal::User(uid), level)
    }

    /// Gives the processes in the group with this ID this level.
    ///
    /// On a Unix socket these are the groups of the process: its group when it connected, and on Linux its supplementary groups, as
    /// long as all its user IDs are still those of its user. Over TCP the kernel identifies only the user, and its groups are those
    /// of `/etc/passwd` and `/etc/group`.
    #[must_use]
    pub fn group(self, gid: u32, level: Level) -> Self {
        self.rule(Principal::Group(gid), level)
    }

    /// Gives the user of this name this level.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().user_named("root", Level::Admin)?;
    /// assert!(access.user_named("no user of this name", Level::Admin).is_err());
    /// # Ok::<(), manhole::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the system has no such user. The name is looked up now, and not again when a client connects.
    #[cfg(feature = "users")]
    #[cfg_attr(docsrs, doc(cfg(feature = "users")))]
    pub fn user_named(self, name: &str, level: Level) -> Result<Self, Error> {
        let uid = uid_of(name).ok_or_else(|| Error::NoSuchUser { name: name.to_owned() })?;
        Ok(self.user(uid, level))
    }

    /// Gives the processes in the group of this name this level; see [`group`](Access::group).
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().group_named("root", Level::Operate)?;
    /// assert!(access.group_named("no group of this name", Level::Observe).is_err());
    /// # Ok::<(), manhole::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the system has no such group. The name is looked up now, and not again when a client connects.
    #[cfg(feature = "users")]
    #[cfg_attr(docsrs, doc(cfg(feature = "users")))]
    pub fn group_named(self, name: &str, level: Level) -> Result<Self, Error> {
        let gid = gid_of(name).ok_or_else(|| Error::NoSuchGroup { name: name.to_owned() })?;
        Ok(self.group(gid, level))
    }

    /// Limits all clients to this level, also those that a [`token`](crate::Listener::token) admits. Defaults to
    /// [`admin`](Level::Admin).
    ///
    /// ```
    /// use manhole::{Access, Builder, Level, Namespace};
    ///
    /// // A read-only console.
    /// let builder = Builder::new(Namespace::new()).access(Access::default().max_level(Level::Observe));
    /// # drop(builder);
    /// ```
    #[must_use]
    pub const fn max_level(mut self, level: Level) -> Self {
        self.max_level = level;
        self
    }

    fn rule(mut self, principal: Principal, level: Level) -> Self {
        self.rules.push(Rule::Principal(principal, level));
        self
    }

    /// Returns the highest level that a rule gives.
    pub(super) fn highest_level(&self) -> Level {
        let levels = self.rules.iter().map(|rule| match rule {
            Rule::Principal(_, level) => *level,
            Rule::Function(_) => Level::Admin,
        });
        self.limit(levels.max().unwrap_or(Level::Observe))
    }

    /// Returns whether no rule can match `peer`. Calls no function of the application, so that `false` may still be a refusal.
    pub(super) fn surely_refuses(&self, peer: &Peer) -> bool {
        let may_match = |rule: &Rule| matches!(rule, Rule::Function(_)) || rule.level_of(peer).is_some();
        !self.rules.iter().any(may_match)
    }

    /// Returns the level of `peer`, or `None` to refuse it.
    pub(crate) fn level_of(&self, peer: &Peer) -> Option<Level> {
        let level = self.rules.iter().filter_map(|rule| rule.level_of(peer)).max()?;
        Some(self.limit(level))
    }

    /// Limits a level to the maximum.
    pub(crate) fn limit(&self, level: Level) -> Level {
        level.min(self.max_level)
    }
}

#[cfg(feature = "users")]
fn uid_of(name: &str) -> Option<u32> {
    #[cfg(not(unix))]
    return None;
    #[cfg(unix)]
    uzers::get_user_by_name(name).map(|user| user.uid())
}

#[cfg(feature = "users")]
fn gid_of(name: &str) -> Option<u32> {
    #[cfg(not(unix))]
    return None;
    #[cfg(unix)]
    uzers::get_group_by_name(name).map(|group| group.gid())
}

impl Rule {
    fn level_of(&self, peer: &Peer) -> Option<Level> {
        let (principal, level) = match self {
            Self::Principal(principal, level) => (principal, level),
            Self::Function(policy) => {
                return catch_unwind(AssertUnwindSafe(|| policy(peer))).ok().flatten();
            }
        };
        let matches = match principal {
            #[cfg(not(unix))]
            Principal::OwnUser => false,
            #[cfg(unix)]
            Principal::OwnUser => peer.uid == Some(rustix::process::geteuid().as_raw()),
            Principal::User(uid) => peer.uid == Some(*uid),
            Principal::Group(gid) => peer.gid == Some(*gid) || peer.groups.contains(gid),
        };
        matches.then_some(*level)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(principal, level) => write!(f, "{principal:?}: {level}"),
            Self::Function(_) => f.write_str("function"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(uid: u32, gid: u32) -> Peer {
        let mut peer = Peer::default();
        (peer.uid, peer.gid) = (Some(uid), Some(gid));
        peer
    }

    #[test]
    fn admits_only_its_own_user_and_root_by_default() {
        let own = rustix::process::geteuid().as_raw();
        let access = Access::default();
        assert_eq!(access.level_of(&peer(own, 1)), Some(Level::Admin));
        assert_eq!(access.level_of(&peer(0, 1)), Some(Level::Admin));
        assert_eq!(access.level_of(&peer(own + 4_321, own)), None);
        assert_eq!(access.level_of(&Peer::default()), None, "an unknown user is refused");
    }

    #[test]
    fn the_highest_level_of_all_matching_rules_counts() {
        let access = Access::none().user(7, Level::Observe).group(8, Level::Operate);
        assert_eq!(access.level_of(&peer(7, 1)), Some(Level::Observe));
        assert_eq!(access.level_of(&peer(7, 8)), Some(Level::Operate));
        assert_eq!(access.level_of(&peer(1, 1)), None);
        let mut member = peer(1, 1);
        member.groups = vec![3, 8];
        assert_eq!(access.level_of(&member), Some(Level::Operate));
        member.groups = vec![3];
        assert_eq!(access.level_of(&member), None);
        let limited = access.max_level(Level::Observe);
        assert_eq!(limited.level_of(&peer(7, 8)), Some(Level::Observe));
    }

    #[test]
    fn rules_count_beside_a_function() {
        let policy = |peer: &Peer| (peer.uid == Some(7)).then_some(Level::Observe);
        let access = Access::from_fn(policy).user(8, Level::Operate).group(9, Level::Admin);
        assert_eq!(access.level_of(&peer(7, 1)), Some(Level::Observe));
        assert_eq!(access.level_of(&peer(8, 1)), Some(Level::Operate));
        assert_eq!(access.level_of(&peer(7, 9)), Some(Level::Admin));
        assert_eq!(access.level_of(&peer(1, 1)), None);
    }

    #[test]
    #[cfg(feature = "users")]
    fn users_and_groups_have_names() {
        let access = Access::none().user_named("root", Level::Operate).unwrap();
        assert_eq!(access.level_of(&peer(0, 5)), Some(Level::Operate));
        let access = Access::none().group_named("root", Level::Observe).unwrap();
        assert_eq!(access.level_of(&peer(5, 0)), Some(Level::Observe));
        let error = Access::none().user_named("no such user", Level::Admin).unwrap_err();
        assert_eq!(error.to_string(), "cannot find the user \"no such user\"");
        let error = Access::none().group_named("no such group", Level::Admin).unwrap_err();
        assert_eq!(error.to_string(), "cannot find the group \"no such group\"");
    }

    #[test]
    fn a_refusal_is_certain_without_a_function() {
        let called = |_: &Peer| panic!("it is called");
        assert!(Access::none().surely_refuses(&peer(7, 7)));
        assert!(Access::none().user(8, Level::Admin).group(8, Level::Admin).surely_refuses(&peer(7, 7)));
        assert!(!Access::none().user(7, Level::Observe).surely_refuses(&peer(7, 7)));
        assert!(!Access::none().group(7, Level::Observe).surely_refuses(&peer(7, 7)));
        assert!(!Access::from_fn(called).surely_refuses(&peer(7, 7)));
    }

    #[test]
    fn the_highest_level_is_that_of_a_rule_up_to_the_maximum() {
        assert_eq!(Access::default().highest_level(), Level::Admin);
        assert_eq!(Access::default().max_level(Level::Operate).highest_level(), Level::Operate);
        let rules = Access::none().user(7, Level::Operate).group(8, Level::Observe);
        assert_eq!(rules.highest_level(), Level::Operate);
        assert_eq!(Access::from_fn(|_| None).highest_level(), Level::Admin);
        assert_eq!(Access::none().highest_level(), Level::Observe);
    }

    #[test]
    fn a_function_that_panics_refuses() {
        assert_eq!(Access::from_fn(|_| panic!("no")).level_of(&peer(0, 0)), None);
    }

    #[test]
    fn rules_are_shown_with_their_levels() {
        let access = Access::from_fn(|_| None).user(7, Level::Operate);
        let shown = format!("{access:?}");
        assert_eq!(shown, "Access { rules: [function, User(7): operate], max_level: Admin }");
    }
}
