//! Futures that are not `Send`, and `async` methods with `&mut self`.

use std::rc::Rc;

use manhole::Manhole;

#[derive(Manhole)]
struct Gizmo {
    count: u64,
}

async fn later() {}

#[manhole::methods]
impl Gizmo {
    pub async fn counted(&self) -> u64 {
        let kept = Rc::new(self.count);
        later().await;
        *kept
    }

    pub async fn exclusive(&mut self) {
        later().await;
    }
}

#[derive(Manhole)]
struct Rest {
    count: u64,
}

#[manhole::methods]
impl Rest {
    pub async fn kept(&self, text: &str) -> usize {
        let kept = Rc::new(text.len());
        later().await;
        *kept
    }
}

fn main() {}
