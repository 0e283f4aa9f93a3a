//! Inline mode in a current-thread application. A command blocks the event loop, so no task sees or makes a change during a
//! command.
//!
//! ```text
//! cargo run --example inline
//! nc -U /var/tmp/testing.manhole
//! >>> bank.accounts.map(|account| account.balance).sum()
//! 1000
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;

/// Accounts with a constant total.
#[derive(Manhole)]
struct Bank {
    accounts: Vec<Account>,
    /// The number of transfers.
    transfers: u64,
}

#[derive(Manhole)]
struct Account {
    balance: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let accounts = (0..10).map(|_| Account { balance: 100 }).collect();
    let bank = Arc::new(Mutex::new(Bank { accounts, transfers: 0 }));
    let moving = tokio::spawn(transfer(Arc::clone(&bank)));
    announce(&path);
    let namespace = manhole! {
        /// Accounts with a constant total.
        bank => bank,
    };
    // Until Ctrl-C ends the process.
    Builder::new(namespace).serve_inline(path, std::future::pending()).await?;
    moving.abort();
    Ok(())
}

/// Transfers money in two steps. Tasks may run between them, commands may not.
async fn transfer(bank: Arc<Mutex<Bank>>) {
    for step in 0.. {
        {
            let mut bank = bank.lock();
            let (from, to) = (step % 10, (step * 7 + 3) % 10);
            bank.accounts[from].balance -= 1;
            bank.accounts[to].balance += 1;
            bank.transfers += 1;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(path: &std::path::Path) {
    println!("connect with: nc -U {}", path.display());
}
