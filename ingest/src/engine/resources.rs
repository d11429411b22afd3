//! How much of the machine DuckDB may use.
//!
//! DuckDB alone would take 80 % of a container's memory, and it is not alone here: Arrow batches, the row groups that are
//! being encoded, and buffers of the store lie beside it, and it exceeds its own limit for a while when it sorts.

use super::Machine;

/// Limits of DuckDB; what is absent is DuckDB's choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resources {
    /// Memory that it may use before it spills to the temporary folder.
    pub memory_limit_bytes: Option<u64>,
    /// Threads.
    pub threads: Option<u16>,
}

/// What lies beside DuckDB however small the machine is: the program, a writer's row groups, buffers.
const LEAST_RESERVE_BYTES: u64 = 256 << 20;
/// What a thread needs to sort without thrashing.
const BYTES_PER_THREAD: u64 = 128 << 20;
/// Below this DuckDB does not get through simple queries.
const LEAST_LIMIT_BYTES: u64 = 64 << 20;

impl Resources {
    /// What is set, else what suits the machine: of the memory, what is left beside a reserve of 40 %, at least 256 MiB;
    /// of the processors, as many as that memory feeds.
    pub fn of(memory_limit_bytes: Option<u64>, threads: Option<u16>, machine: &Machine) -> Self {
        let memory_limit_bytes = memory_limit_bytes.or_else(|| {
            let total = machine.memory_bytes?;
            let beside_least = total.saturating_sub(LEAST_RESERVE_BYTES);
            Some((total / 5 * 3).min(beside_least).max(LEAST_LIMIT_BYTES))
        });
        let threads = threads.unwrap_or_else(|| {
            let fed = memory_limit_bytes.map_or(u64::MAX, |bytes| bytes / BYTES_PER_THREAD);
            let fed = u16::try_from(fed.max(1)).unwrap_or(u16::MAX);
            machine.processors.min(fed)
        });
        Self {
            memory_limit_bytes,
            threads: Some(threads),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn machine(memory_bytes: u64, processors: u16) -> Machine {
        Machine {
            memory_bytes: Some(memory_bytes),
            is_limited: true,
            processors,
        }
    }

    #[test]
    fn a_reserve_is_left_on_machines_of_any_size() {
        for (total, most) in [
            (GIB / 2, GIB / 4),
            (GIB, GIB * 3 / 5),
            (64 * GIB, 64 * GIB * 3 / 5),
        ] {
            let limit = Resources::of(None, None, &machine(total, 2)).memory_limit_bytes;
            assert!(limit.is_some_and(|limit| limit <= most), "{total}: {limit:?}");
        }
        let tiny = Resources::of(None, None, &machine(128 << 20, 2));
        assert_eq!(tiny.memory_limit_bytes, Some(LEAST_LIMIT_BYTES));
    }

    #[test]
    fn there_are_no_more_threads_than_memory_feeds() {
        assert_eq!(Resources::of(None, None, &machine(GIB, 64)).threads, Some(4));
        assert_eq!(Resources::of(None, None, &machine(GIB / 4, 64)).threads, Some(1));
        assert_eq!(Resources::of(None, None, &machine(64 * GIB, 8)).threads, Some(8));
    }

    #[test]
    fn what_is_set_is_taken() {
        let resources = Resources::of(Some(100), Some(7), &machine(GIB, 2));
        assert_eq!(
            (resources.memory_limit_bytes, resources.threads),
            (Some(100), Some(7))
        );
    }
}
