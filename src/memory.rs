//! What this machine has memory for: how large a model may be that a line of text asks for, and a table.

use std::fs;

/// What is taken for free where the system does not say, in bytes; a choice.
const UNKNOWN: f64 = 8e9;
/// How much of what is free may be asked for; a choice.
const SHARE: f64 = 0.9;

/// What a pair and an outcome take until a policy is evaluated, in bytes, about: exact and rounded numbers,
/// the chain and its solver, parameters, answers.
const BYTES: (f64, f64) = (200.0, 70.0);

/// The bytes that a model of so many pairs and outcomes takes, about.
pub(crate) fn bytes(pairs: f64, outcomes: f64) -> f64 {
    pairs * BYTES.0 + outcomes * BYTES.1
}

/// Whether so many bytes may be asked for.
pub(crate) fn suffices(bytes: f64) -> bool {
    bytes <= SHARE * free()
}

/// The bytes that are free, those of caches included, of a control group that is limited, and of the addresses that the
/// process may still ask for (`ulimit -v`).
pub(crate) fn free() -> f64 {
    let known = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| available(&text));
    let number = |name: &str| -> Option<f64> {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?;
        text.trim().parse().ok()
    };
    let group = number("max").map(|most| most - number("current").unwrap_or(0.0));
    let own = |name| fs::read_to_string(format!("/proc/self/{name}")).ok();
    let addresses = own("limits").and_then(|limits| addresses(&limits, &own("status")?));
    let limits = [group, addresses].into_iter().flatten();
    limits.fold(known.unwrap_or(UNKNOWN), f64::min)
}

/// What Linux's `/proc/self/limits` leaves of the addresses, where it limits them, beside those that `status` says are
/// taken, in bytes.
fn addresses(limits: &str, status: &str) -> Option<f64> {
    let mut limits = limits.lines();
    let limit = limits.find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: f64 = limit.split_whitespace().next()?.parse().ok()?;
    let taken = kilobytes(status, "VmSize:").unwrap_or(0.0);
    Some((limit - taken).max(0.0))
}

/// `MemAvailable` of Linux's `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<f64> {
    kilobytes(meminfo, "MemAvailable:")
}

/// A line such as `VmSize: 16 kB` of the system, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024.0 * kilobytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_read_and_bounds_what_is_asked_for() {
        let text = "MemTotal:       24 kB\nMemAvailable:    16 kB\n";
        assert_eq!(available(text), Some(16_384.0));
        assert_eq!(available("MemTotal: 24 kB\n"), None);
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax address space  600000 unlimited  bytes\n";
        assert_eq!(addresses(limits, "VmSize:\t    100 kB\n"), Some(497_600.0));
        assert_eq!(addresses(limits, "VmSize: 700 kB\n"), Some(0.0));
        let unlimited = limits.replace("600000", "unlimited");
        assert_eq!(addresses(&unlimited, "VmSize: 100 kB\n"), None);
        assert!(suffices(1e6));
        assert!(!suffices(1e18));
        assert_eq!(bytes(1.0, 5.0), 550.0);
    }
}
