//! When to collect.
//!
//! As in Go: when the heap has grown by GOGC percent of what the last collection left, and not below 4 MiB times
//! GOGC/100, and not before another MiB has been allocated, lest a small GOGC keep the program collecting. A soft
//! memory limit brings the trigger down when the heap nears it; and since no allocation can wait for a collection (it
//! only asks for one), the hard limit counts as a soft one a little below itself.

/// Between two collections at least this is allocated, unless memory is short.
const MIN_GROWTH: u64 = 1 << 20;

/// The bytes at which the next collection is due.
pub fn trigger(live: usize, gc_percent: Option<u32>, limit: usize) -> usize {
    let by_growth = match gc_percent {
        None => usize::MAX,
        Some(percent) => {
            let percent = u64::from(percent);
            let growth = ((live as u64).saturating_mul(percent) / 100).max(MIN_GROWTH);
            let least = super::MIN_HEAP as u64 * percent / 100;
            (live as u64).saturating_add(growth).max(least) as usize
        }
    };
    // Near the limit collect often, but not all the time: at least after a sixteenth of the heap.
    let by_limit = (limit - limit / 16).max(live.saturating_add(live / 16));
    by_growth.min(by_limit)
}

/// The bytes at which a concurrent cycle begins that is to end at `goal`: early enough for what the program allocated
/// during the last one, but not before half of the growth has been used.
pub fn start(live: usize, goal: usize, runway: usize) -> usize {
    let growth = goal.saturating_sub(live);
    goal - runway.clamp(growth / 16, growth / 2)
}

#[cfg(test)]
mod tests {
    use super::trigger;

    #[test]
    fn grows_by_gogc() {
        let none = usize::MAX;
        assert_eq!(trigger(0, Some(100), none), 4 << 20);
        assert_eq!(trigger(10 << 20, Some(100), none), 20 << 20);
        assert_eq!(trigger(10 << 20, Some(50), none), 15 << 20);
        assert_eq!(trigger(0, Some(400), none), 16 << 20);
        assert_eq!(trigger(100, Some(0), none), 100 + (1 << 20));
        assert_eq!(trigger(10 << 20, Some(1), none), 11 << 20);
        assert!(trigger(1 << 30, None, none) > usize::MAX / 2);
        assert!(trigger(usize::MAX / 2, Some(u32::MAX), none) > usize::MAX / 2);
    }

    #[test]
    fn begins_in_time() {
        assert_eq!(super::start(100, 200, 30), 170);
        assert_eq!(super::start(100, 200, 500), 150);
        assert_eq!(super::start(160, 320, 0), 310);
    }

    #[test]
    fn respects_the_limit() {
        assert_eq!(
            trigger(60 << 20, Some(100), 64 << 20),
            (60 << 20) + (60 << 20) / 16
        );
        assert_eq!(trigger(20 << 20, Some(1000), 64 << 20), 60 << 20);
        assert_eq!(trigger(20 << 20, None, 64 << 20), 60 << 20);
    }
}
