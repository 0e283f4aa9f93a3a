//! Fields of variants whose type does not implement `Manhole`.

use manhole::Manhole;

struct Foreign;

#[derive(Manhole)]
enum Mode {
    Idle,
    Tuple(u8, Foreign),
    Named {
        text: String,
        foreign: Box<Foreign>,
    },
}

fn main() {}
