//! Tests of the workspace's example applications.

mod incident;
mod quickstart;
mod shapes;
mod small_examples;
