//! Returns to the runtime often enough for a cancellation to be noticed.

/// Values that are handled between two returns: some milliseconds of the slowest.
const VALUES_IN_A_STEP: usize = 65_536;

/// Counts what is done between two returns.
#[derive(Debug, Default)]
pub(super) struct Pace {
    values: usize,
}

impl Pace {
    /// Notes values that were handled.
    pub(super) fn spend(&mut self, values: usize) {
        self.values = self.values.saturating_add(values);
    }

    /// Lets others have their turn, if it is time.
    pub(super) async fn rest(&mut self) {
        if self.values >= VALUES_IN_A_STEP {
            self.values = 0;
            tokio::task::yield_now().await;
        }
    }
}
