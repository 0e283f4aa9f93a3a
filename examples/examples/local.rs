//! A program of one thread, with its state in an `Rc`: the event loop serves it while it waits for a command.
//!
//! ```text
//! cargo run --example local
//! nc -U /var/tmp/testing.manhole
//! >>> game.players.len()
//! >>> game.players["alice"].score = 100
//! >>> paused = true
//! ```

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};

/// The state of the game.
#[derive(Manhole)]
struct Game {
    players: BTreeMap<String, Player>,
    /// The number of rounds so far.
    rounds: u64,
}

#[derive(Manhole)]
struct Player {
    score: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let players = ["alice", "bob"].map(|name| (name.to_owned(), Player { score: 0 }));
    let game = Rc::new(RefCell::new(Game { players: players.into(), rounds: 0 }));
    let paused = Rc::new(Cell::new(false));
    let namespace = manhole! {
        /// The state of the game.
        game => game,
        /// Whether no round begins.
        paused => paused,
    };
    announce(&path);
    let tasks = tokio::task::LocalSet::new();
    tasks.spawn_local(play(Rc::clone(&game), Rc::clone(&paused)));
    // Until Ctrl-C ends the process.
    tasks.run_until(Builder::new(namespace).serve_inline(path, std::future::pending())).await?;
    Ok(())
}

async fn play(game: Rc<RefCell<Game>>, paused: Rc<Cell<bool>>) {
    loop {
        if !paused.get() {
            let mut game = game.borrow_mut();
            game.rounds += 1;
            let round = game.rounds;
            for (player, points) in game.players.values_mut().zip(1..) {
                player.score += i64::from(round.is_multiple_of(points + 1));
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(path: &std::path::Path) {
    println!("connect with: nc -U {}", path.display());
}
