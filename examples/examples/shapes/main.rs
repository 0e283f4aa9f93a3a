//! One field of each shape that application state can have.
//!
//! ```text
//! cargo run --example shapes
//! nc -U /var/tmp/shapes.manhole
//! ```
//!
//! The environment variable `MANHOLE_SOCKET` names another path. The application runs until it is killed.

#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]
#![expect(clippy::unwrap_used, reason = "an example does not go on from what cannot happen")]

mod collections;
mod foreign;
mod guarded;
mod leaves;
mod methods;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use manhole::{Builder, manhole};
use parking_lot::Mutex;

use guarded::Guarded;
use leaves::Leaves;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/shapes.manhole"), PathBuf::from);
    let leaves = Arc::new(Mutex::new(Leaves::default()));
    let collections = Arc::new(Mutex::new(collections::some()));
    let guarded = Arc::new(Guarded::new());
    let foreign = Arc::new(Mutex::new(foreign::some()));
    let account = Arc::new(Mutex::new(methods::Account::default()));

    let namespace = manhole! {
        /// Scalars.
        leaves => leaves,
        /// Collections and enums.
        collections => collections,
        /// Types that threads and tasks share.
        guarded => guarded,
        /// Fields of types without `Manhole`.
        foreign => foreign,
        /// Methods, including async methods.
        account => account,
        /// Returns 42 after a while.
        answer => methods::answer,
        /// Returns the sum of its arguments.
        total => |numbers: Vec<i64>| numbers.iter().sum::<i64>(),
    };
    let console = Builder::new(namespace).spawn(path)?;
    announce(&console);
    std::future::pending().await
}

#[expect(clippy::print_stdout, reason = "an example talks to whoever started it")]
fn announce(console: &manhole::Console) {
    println!("connect with: {}", console.addresses()[0].command());
}
