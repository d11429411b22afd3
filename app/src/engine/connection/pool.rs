//! How many workers compute, as a person chose: told to each engine that starts.

use protocol::SetWorkers;

use super::Engine;

impl<F: Clone + 'static> Engine<F> {
    /// Computes with so many workers from now on, also in each later engine. Nothing waits for them.
    pub fn choose_workers(&self, count: u32) {
        let client = {
            let mut state = self.shared.state.borrow_mut();
            state.workers = Some(count);
            state.connection.as_ref().map(|current| current.client.clone())
        };
        let telling = client.map(|client| client.call(SetWorkers { count: Some(count) }));
        let before = {
            let mut state = self.shared.state.borrow_mut();
            let current = state.connection.as_mut();
            current.map(|current| std::mem::replace(&mut current.telling, telling))
        };
        // Dropping it may cancel it, which looks at the state.
        drop(before);
    }
}
