//! The party that a connection counts for, and the one that has most of them.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::session::Peer;

/// The party that a connection counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PeerKey {
    /// A user of this machine.
    User(u32),
    /// An address of another machine, or the network of 64 bits that an IPv6 address is in.
    Network(IpAddr),
    /// All clients that the kernel does not identify.
    Unknown,
}

impl PeerKey {
    pub(crate) fn of(peer: &Peer) -> Self {
        match (peer.uid, peer.address.map(|address| address.ip().to_canonical())) {
            (Some(uid), _) => Self::User(uid),
            (None, Some(IpAddr::V6(address))) => {
                let network = address.to_bits() >> 64 << 64;
                Self::Network(IpAddr::V6(network.into()))
            }
            (None, Some(address)) => Self::Network(address),
            (None, None) => Self::Unknown,
        }
    }
}

/// Counts the entries of each key.
pub(super) fn count_by_key(keys: impl Iterator<Item = PeerKey>) -> HashMap<PeerKey, usize> {
    let mut counts = HashMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

/// Returns the position of the first entry of the key that has most entries.
pub(crate) fn first_of_most(keys: impl Iterator<Item = PeerKey> + Clone) -> Option<usize> {
    let counts = count_by_key(keys.clone());
    let most = counts.values().max()?;
    keys.into_iter().position(|key| counts.get(&key) == Some(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_other_machines_count_by_network() {
        let key = |address: &str| {
            let peer = Peer { address: address.parse().ok(), ..Peer::default() };
            PeerKey::of(&peer)
        };
        assert_eq!(key("192.0.2.1:1"), key("192.0.2.1:2"));
        assert_eq!(key("192.0.2.1:1"), key("[::ffff:192.0.2.1]:1"));
        assert_ne!(key("192.0.2.1:1"), key("192.0.2.2:1"));
        assert_eq!(key("[2001:db8::1]:1"), key("[2001:db8::ff:2]:1"));
        assert_ne!(key("[2001:db8::1]:1"), key("[2001:db8:0:1::1]:1"));
        assert_eq!(PeerKey::of(&Peer::default()), PeerKey::Unknown);
    }

    #[test]
    fn the_first_entry_of_the_largest_goes() {
        let first = |uids: &[u32]| first_of_most(uids.iter().copied().map(PeerKey::User));
        assert_eq!(first(&[]), None);
        assert_eq!(first(&[1, 2, 3]), Some(0));
        assert_eq!(first(&[1, 2, 3, 2]), Some(1));
    }
}
