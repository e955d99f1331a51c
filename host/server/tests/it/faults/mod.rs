//! Chat while things break: hosts, databases, disks. The program itself runs, in processes of its
//! own, under the load of many visitors, and afterwards everything is counted.
//!
//! `TALKLOOM_FAULT_ROUNDS` sets how often each fault is caused, for a longer run.

mod database;
mod doubt;
mod fleet;
mod frozen;
mod full;
mod host;
mod hosts;
mod killed;
mod ledger;
mod ready;
mod slow;
mod stop;
mod visitors;

use std::time::Duration;

/// How soon a server has to be of use again once what it needs is back.
const RECOVERY: Duration = Duration::from_secs(5);

/// How often a fault is caused.
fn rounds(usual: usize) -> usize {
    let set = std::env::var("TALKLOOM_FAULT_ROUNDS");
    set.map_or(usual, |set| set.parse().expect("a number of rounds"))
}
