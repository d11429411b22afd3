//! A command, and what the kernel says it took.
//!
//! Entry points: [`measure`], [`Taken`].

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

use super::figures::median;

/// What a process took, from its start to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// By the clock on the wall.
    pub wall: Duration,
    /// Of all processors together: tells a slow program from a busy machine.
    pub cpu: Duration,
    /// Most resident memory at one time.
    pub peak_bytes: u64,
    /// What it printed, to either output.
    pub said: String,
}

impl Taken {
    /// The median of each quantity; what the first of them said.
    pub fn median(all: &[Self]) -> Self {
        Self {
            wall: median(all.iter().map(|taken| taken.wall)),
            cpu: median(all.iter().map(|taken| taken.cpu)),
            peak_bytes: median(all.iter().map(|taken| taken.peak_bytes)),
            said: all.first().map(|taken| taken.said.clone()).unwrap_or_default(),
        }
    }
}

/// Runs the command to its end. What it prints goes to `log`, a file, so that no terminal slows it down.
///
/// # Errors
///
/// It does not start, or fails; what it printed is shown then.
pub fn measure(command: &mut Command, log: &Path) -> Result<Taken> {
    let program = Path::new(command.get_program()).display().to_string();
    let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
    let started = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let used = child
        .wait4()
        .with_context(|| format!("cannot wait for {program}"))?;
    let wall = started.elapsed();
    let said = fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    if !used.status.success() {
        let arguments: Vec<_> = command.get_args().map(|one| one.to_string_lossy()).collect();
        bail!(
            "`{program} {}` ended with {}:\n{said}",
            arguments.join(" "),
            used.status
        );
    }
    Ok(Taken {
        wall,
        cpu: used.rusage.utime + used.rusage.stime,
        peak_bytes: used.rusage.maxrss,
        said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(wall_ms: u64, peak_bytes: u64) -> Taken {
        Taken {
            wall: Duration::from_millis(wall_ms),
            peak_bytes,
            ..Taken::default()
        }
    }

    #[test]
    fn each_quantity_has_its_own_median() {
        let median = Taken::median(&[taken(1, 30), taken(2, 10), taken(3, 20)]);
        assert_eq!((median.wall.as_millis(), median.peak_bytes), (2, 20));
    }

    #[test]
    fn a_process_is_measured_and_a_failing_one_is_told_with_what_it_said() {
        let log = std::env::temp_dir().join(format!("goldpan-process-{}", std::process::id()));
        let mut cargo = Command::new(env!("CARGO"));
        let version = measure(cargo.arg("--version"), &log).unwrap();
        assert!(version.said.starts_with("cargo ") && version.wall > Duration::ZERO);
        assert!(version.peak_bytes > 1 << 20, "{version:?}");
        let error = measure(Command::new(env!("CARGO")).arg("--no-such-option"), &log).unwrap_err();
        fs::remove_file(&log).unwrap();
        assert!(format!("{error:#}").contains("--no-such-option"), "{error:#}");
    }
}
