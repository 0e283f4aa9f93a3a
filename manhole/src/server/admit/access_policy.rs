//! Who may connect, and how far they may go.
//!
//! On a Unix socket the kernel tells who the other side is; nobody can say that they are somebody else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::reflect::Level;
#[cfg(feature = "users")]
use crate::server::error::Error;
use crate::session::Peer;

/// Who may connect, and how far they may go.
///
/// By default the user that runs the program and root may do everything, and nobody else may connect.
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
#[derive(Clone)]
pub struct Access {
    rules: Vec<Rule>,
    policy_fn: Option<Arc<PolicyFn>>,
}

type PolicyFn = dyn Fn(&Peer) -> Option<Level> + Send + Sync;

#[derive(Debug, Clone, Copy)]
struct Rule {
    principal: Principal,
    level: Level,
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
    /// Nobody may connect.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// // Only those principal are on call, and not even root.
    /// let access = Access::none().user(1001, Level::Admin).user(1002, Level::Operate);
    /// # drop(access);
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self { rules: Vec::new(), policy_fn: None }
    }

    /// What the program's function says of each client; `None` refuses it. A function that panics refuses too.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::from_fn(|peer| (peer.uid == Some(1001)).then_some(Level::Observe));
    /// # drop(access);
    /// ```
    pub fn from_fn(policy_fn: impl Fn(&Peer) -> Option<Level> + Send + Sync + 'static) -> Self {
        Self { rules: Vec::new(), policy_fn: Some(Arc::new(policy_fn)) }
    }

    /// The user that the program runs as may go as far as `level`.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::none().own_user(Level::Observe);
    /// # drop(access);
    /// ```
    #[must_use]
    pub fn own_user(self, level: Level) -> Self {
        self.rule(Principal::OwnUser, level)
    }

    /// The user with this number may go as far as `level`.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().user(1001, Level::Operate);
    /// # drop(access);
    /// ```
    #[must_use]
    pub fn user(self, uid: u32, level: Level) -> Self {
        self.rule(Principal::User(uid), level)
    }

    /// Processes that belong to the group of this number may go as far as `level`.
    ///
    /// That is the group that a process ran with when it connected, and on Linux the others that it belongs to as long as it is
    /// still its user's own program.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().group(100, Level::Observe);
    /// # drop(access);
    /// ```
    #[must_use]
    pub fn group(self, gid: u32, level: Level) -> Self {
        self.rule(Principal::Group(gid), level)
    }

    /// The user of this name may go as far as `level`.
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().user_named("root", Level::Admin)?;
    /// assert!(access.user_named("nobody level_of this name", Level::Admin).is_err());
    /// # Ok::<(), manhole::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the system knows no such user. It is asked now, and not again when somebody connects.
    #[cfg(feature = "users")]
    #[cfg_attr(docsrs, doc(cfg(feature = "users")))]
    pub fn user_named(self, name: &str, level: Level) -> Result<Self, Error> {
        let user =
            uzers::get_user_by_name(name).ok_or_else(|| Error::NoSuchUser { name: name.to_owned() })?;
        Ok(self.user(user.uid(), level))
    }

    /// Processes that belong to the group of this name may go as far as `level`; see [`group`](Access::group).
    ///
    /// ```
    /// use manhole::{Access, Level};
    ///
    /// let access = Access::default().group_named("root", Level::Operate)?;
    /// assert!(access.group_named("no group level_of this name", Level::Observe).is_err());
    /// # Ok::<(), manhole::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the system knows no such group. It is asked now, and not again when somebody connects.
    #[cfg(feature = "users")]
    #[cfg_attr(docsrs, doc(cfg(feature = "users")))]
    pub fn group_named(self, name: &str, level: Level) -> Result<Self, Error> {
        let group =
            uzers::get_group_by_name(name).ok_or_else(|| Error::NoSuchGroup { name: name.to_owned() })?;
        Ok(self.group(group.gid(), level))
    }

    fn rule(mut self, principal: Principal, level: Level) -> Self {
        self.rules.push(Rule { principal, level });
        self
    }

    /// How far `peer` may go: as far as the most generous of the rules for it; `None` if it may not connect.
    pub(crate) fn level_of(&self, peer: &Peer) -> Option<Level> {
        if let Some(policy_fn) = &self.policy_fn {
            return catch_unwind(AssertUnwindSafe(|| policy_fn(peer))).ok().flatten();
        }
        let matching = self.rules.iter().filter(|rule| match rule.principal {
            Principal::OwnUser => peer.uid == Some(rustix::process::geteuid().as_raw()),
            Principal::User(uid) => peer.uid == Some(uid),
            Principal::Group(gid) => peer.gid == Some(gid) || peer.groups.contains(&gid),
        });
        matching.map(|rule| rule.level).max()
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("rules", &self.rules)
            .field("judged", &self.policy_fn.is_some())
            .finish()
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
    fn by_default_only_the_own_user_and_root_may_connect() {
        let own = rustix::process::geteuid().as_raw();
        let access = Access::default();
        assert_eq!(access.level_of(&peer(own, 1)), Some(Level::Admin));
        assert_eq!(access.level_of(&peer(0, 1)), Some(Level::Admin));
        assert_eq!(access.level_of(&peer(own + 4_321, own)), None);
        assert_eq!(access.level_of(&Peer::default()), None, "who is not known may not connect");
    }

    #[test]
    fn the_most_generous_rule_counts() {
        let access = Access::none().user(7, Level::Observe).group(8, Level::Operate);
        assert_eq!(access.level_of(&peer(7, 1)), Some(Level::Observe));
        assert_eq!(access.level_of(&peer(7, 8)), Some(Level::Operate));
        assert_eq!(access.level_of(&peer(1, 1)), None);
        let mut member = peer(1, 1);
        member.groups = vec![3, 8];
        assert_eq!(access.level_of(&member), Some(Level::Operate));
    }

    #[test]
    #[cfg(feature = "users")]
    fn users_and_groups_have_names() {
        let access = Access::none().user_named("root", Level::Operate).unwrap();
        assert_eq!(access.level_of(&peer(0, 5)), Some(Level::Operate));
        let access = Access::none().group_named("root", Level::Observe).unwrap();
        assert_eq!(access.level_of(&peer(5, 0)), Some(Level::Observe));
        let error = Access::none().user_named("no such user", Level::Admin).unwrap_err();
        assert_eq!(error.to_string(), "the system knows no user \"no such user\"");
        let error = Access::none().group_named("no such group", Level::Admin).unwrap_err();
        assert_eq!(error.to_string(), "the system knows no group \"no such group\"");
    }

    #[test]
    fn a_function_that_panics_refuses() {
        assert_eq!(Access::from_fn(|_| panic!("no")).level_of(&peer(0, 0)), None);
    }
}
