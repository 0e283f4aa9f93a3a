//! The application: a bank with a constant total, a shared counter, and owners of values without a lock.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use manhole::{Builder, Limits, Manhole, manhole};
use parking_lot::Mutex;

use crate::owners::{self, TILLS};

/// The longest time of a command.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
const ACCOUNTS: usize = 1_000;
/// The total of all accounts.
pub(crate) const TOTAL: i64 = 100_000;

#[derive(Manhole)]
struct Account {
    balance: i64,
    owner: String,
}

#[derive(Manhole)]
struct Bank {
    accounts: Mutex<Vec<Account>>,
    /// Incremented by the application and by sessions.
    count: Mutex<u64>,
    #[manhole(skip)]
    by_host: AtomicU64,
    #[manhole(skip)]
    counting: AtomicBool,
}

#[manhole::methods]
impl Bank {
    /// The total of all accounts.
    pub fn total(&self) -> i64 {
        self.accounts.lock().iter().map(|account| account.balance).sum()
    }

    /// Transfers money if the account has enough.
    pub fn transfer(&self, from: usize, to: usize, amount: i64) -> bool {
        let mut accounts = self.accounts.lock();
        if accounts[from].balance < amount {
            return false;
        }
        accounts[from].balance -= amount;
        accounts[to].balance += amount;
        true
    }

    /// Stops the application's increments. Returns their number.
    pub fn stop_counting(&self) -> u64 {
        self.counting.store(false, Ordering::SeqCst);
        // The counting thread holds the lock while it counts.
        drop(self.count.lock());
        self.by_host.load(Ordering::SeqCst)
    }

    /// Resumes the application's increments.
    pub fn go_on_counting(&self) {
        self.counting.store(true, Ordering::SeqCst);
    }
}

/// Serves until the process is killed.
pub(crate) fn run(path: &str) {
    let share = TOTAL / i64::try_from(ACCOUNTS).unwrap();
    let account = |number| Account { balance: share, owner: format!("owner {number}") };
    let bank = Arc::new(Bank {
        accounts: Mutex::new((0..ACCOUNTS).map(account).collect()),
        count: Mutex::new(0),
        by_host: AtomicU64::new(0),
        counting: AtomicBool::new(true),
    });
    let counting = Arc::clone(&bank);
    thread::spawn(move || {
        loop {
            let mut count = counting.count.lock();
            if counting.counting.load(Ordering::SeqCst) {
                *count += 1;
                counting.by_host.fetch_add(1, Ordering::SeqCst);
            }
            drop(count);
            thread::sleep(Duration::from_micros(500));
        }
    });
    let mut limits = Limits::default();
    limits.timeout = TIMEOUT;
    let _console = Builder::new(manhole! { bank => bank, clerk => owners::start(), tills => TILLS })
        .limits(|all| *all = limits)
        .connection_limits(|limits| {
            limits.sessions = 2_000;
            limits.sessions_per_user = Some(2_000);
            limits.connections_per_second = 100_000;
        })
        .spawn(path)
        .unwrap();
    println!("ready");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    thread::sleep(Duration::MAX);
}
