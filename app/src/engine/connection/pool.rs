//! How many workers compute, as a person chose: told to each engine that starts.

use protocol::SetWorkers;

use super::Engine;

impl<F: Clone + 'static> Engine<F> {
    /// Computes with so many workers from now on, also in each later engine. Nothing waits for them.
    pub fn choose_workers(&self, count: u32) {
        let before = {
            let mut state = self.shared.state.borrow_mut();
            state.workers = Some(count);
            state.connection.as_mut().and_then(|current| {
                let telling = current.client.call(SetWorkers { count: Some(count) });
                current.telling.replace(telling)
            })
        };
        // Dropping it may cancel it, which looks at the state.
        drop(before);
    }
}
