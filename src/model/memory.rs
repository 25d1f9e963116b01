//! How large a model may be that a line of text asks for: what this machine has memory for.

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

/// The bytes that are free, those of caches included, and of a control group that is limited.
fn free() -> f64 {
    let known = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| available(&text));
    let number = |name: &str| -> Option<f64> {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?;
        text.trim().parse().ok()
    };
    let group = number("max").map(|most| most - number("current").unwrap_or(0.0));
    known.unwrap_or(UNKNOWN).min(group.unwrap_or(f64::INFINITY))
}

/// `MemAvailable` of Linux's `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<f64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
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
        assert!(suffices(1e6));
        assert!(!suffices(1e18));
        assert_eq!(bytes(1.0, 5.0), 550.0);
    }
}
