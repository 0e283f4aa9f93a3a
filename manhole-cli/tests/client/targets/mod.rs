//! How targets are found and reached: ssh, commands, ports, containers, the configuration, and `ls`.

mod containers;
mod groups;
mod ls;
mod remote;
