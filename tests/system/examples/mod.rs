//! Tests of the workspace's example applications.

mod quickstart;
mod shapes;
mod small_examples;
