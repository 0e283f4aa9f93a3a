//! Programs that look into the process of a target: with stand-ins, and with those that are installed.

mod profile;
mod stacks;
mod stand_ins;
