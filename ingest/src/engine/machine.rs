//! What this process may use: of the machine, or of the container that it runs in.
//!
//! Entry point: [`Machine::look`].

use std::fmt;
use std::num::NonZero;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::print;

/// Memory and processors at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Memory that the machine has, or that the control group of this process and those above it allow: the least of
    /// them, in bytes. None where the system does not tell.
    pub memory_bytes: Option<u64>,
    /// Whether a control group sets that limit.
    pub is_limited: bool,
    /// Processors, or the control group's quota of them.
    pub processors: u16,
}

impl Machine {
    /// Asks the system.
    pub fn look() -> Self {
        let (physical, limit) = memory();
        Self {
            memory_bytes: limit.into_iter().chain(physical).min(),
            is_limited: limit
                .zip(physical)
                .is_some_and(|(limit, physical)| limit < physical),
            processors: std::thread::available_parallelism()
                .map_or(1, NonZero::get)
                .try_into()
                .unwrap_or(u16::MAX),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self
            .memory_bytes
            .map_or_else(|| "an unknown amount".to_owned(), print::bytes);
        let limited = if self.is_limited {
            " (limited by the control group)"
        } else {
            ""
        };
        let processors = print::counted(u64::from(self.processors), "processor");
        write!(f, "{memory} of memory{limited}, {processors}")
    }
}

/// Physical memory, and what control groups allow, where the system tells.
fn memory() -> (Option<u64>, Option<u64>) {
    let Ok(mut system) = System::new() else {
        return (None, None);
    };
    system.refresh_memory();
    let process = Pid::from_u32(std::process::id());
    let nothing_else = ProcessRefreshKind::nothing();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, nothing_else);
    let limit = system
        .process(process)
        .and_then(sysinfo::Process::cgroup_limits)
        .or_else(|| system.cgroup_limits());
    let physical = Some(system.total_memory()).filter(|bytes| *bytes > 0);
    (physical, limit.map(|limits| limits.total_memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_memory_and_a_processor() {
        let machine = Machine::look();
        assert!(machine.processors >= 1);
        assert!(
            machine.memory_bytes.is_some_and(|bytes| bytes > 64 << 20),
            "{machine:?}"
        );
    }
}
