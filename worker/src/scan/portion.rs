//! How long a scan goes on at a time.

use datafusion::common::instant::Instant;

/// An extension of the session's configuration: a scan that finds it ends at the first row group's end after the time has
/// come, and goes on with the next one when it is executed again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portion {
    /// When to stop; never where there is no time.
    pub until: Option<Instant>,
}

impl Portion {
    pub(super) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}
