//! Methods and functions.

use std::fmt;
use std::time::Duration;

use manhole::Manhole;

/// An account.
#[derive(Manhole, Default)]
pub(crate) struct Account {
    /// In cents.
    balance: u64,
    /// Deposits and withdrawals.
    entries: Vec<Entry>,
}

/// One booking.
#[derive(Manhole, Clone)]
pub(crate) struct Entry {
    /// Negative for a withdrawal.
    cents: i64,
    /// The purpose.
    what: String,
}

/// The account has too little money.
#[derive(Debug)]
pub(crate) struct Short {
    by: u64,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cents are missing", self.by)
    }
}

#[manhole::methods]
impl Account {
    /// Deposits money, and returns the balance.
    pub fn pay_in(&mut self, cents: u32, what: &str) -> u64 {
        self.balance += u64::from(cents);
        self.entries.push(Entry { cents: cents.into(), what: what.to_owned() });
        self.balance
    }

    /// Withdraws money, if there is enough.
    pub fn take_out(&mut self, cents: u32, what: Option<String>) -> Result<u64, Short> {
        let Some(left) = self.balance.checked_sub(cents.into()) else {
            return Err(Short { by: u64::from(cents) - self.balance });
        };
        self.balance = left;
        self.entries.push(Entry { cents: -i64::from(cents), what: what.unwrap_or_default() });
        Ok(left)
    }

    /// The last booking.
    pub fn last(&self) -> Option<Entry> {
        self.entries.last().cloned()
    }

    /// The number of bookings for one of these purposes.
    pub fn count_of(&self, names: &[String]) -> usize {
        self.entries.iter().filter(|entry| names.contains(&entry.what)).count()
    }

    /// Withdraws everything, and panics.
    #[manhole(rename = "crash")]
    pub fn withdraw_everything(&mut self) {
        panic!("the cashier has fainted")
    }

    /// Not exposed.
    #[manhole(skip)]
    #[expect(dead_code, reason = "here to show that it is not there")]
    pub fn close(&mut self) {}
}

/// Returns 42 after a while.
pub(crate) async fn answer(after: Duration) -> u8 {
    tokio::time::sleep(after).await;
    42
}
