//! The `mgo` command.

fn main() {}
