//! The process' own figures, under the names that every Prometheus client library gives them. They
//! are read where Linux tells them; elsewhere there are none.

use std::fs;

/// Ticks of the processor's clock in a second; Linux tells user programs so whatever its own is.
const TICKS_PER_S: u64 = 100;

pub(super) const CPU: &str = "process_cpu_seconds_total";
pub(super) const RESIDENT: &str = "process_resident_memory_bytes";
pub(super) const VIRTUAL: &str = "process_virtual_memory_bytes";
pub(super) const THREADS: &str = "process_threads";
pub(super) const FILES: &str = "process_open_fds";

/// Reads them.
pub(super) fn sample() {
    if let Some(ticks) = fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| cpu_ticks(&stat))
    {
        // A counter holds whole numbers.
        metrics::counter!(CPU).absolute(ticks / TICKS_PER_S);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (name, line, unit) in [
        (RESIDENT, "VmRSS:", 1024.0),
        (VIRTUAL, "VmSize:", 1024.0),
        (THREADS, "Threads:", 1.0),
    ] {
        if let Some(count) = number(&status, line) {
            metrics::gauge!(name).set(count * unit);
        }
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        metrics::gauge!(FILES).set(files.count() as f64);
    }
}

/// User and system time in a line of `/proc/…/stat`. The program's name may hold anything, also
/// brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_whitespace();
    // Fields are numbered from 1 in proc(5), and the third stands first here.
    let user: u64 = fields.nth(14 - 3)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The number in a line of `/proc/…/status`.
fn number(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_whatever_the_program_is_called() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 9 0 88 4096000 512 18";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("nonsense"), None);
        let status = "Name:\ta\nVmRSS:\t    2048 kB\nThreads:\t9\n";
        assert_eq!(number(status, "VmRSS:"), Some(2048.0));
        assert_eq!(number(status, "VmSwap:"), None);
    }
}
