//! The memory of arrays, each buffer counted once.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, ArrayData};
use datafusion::arrow::buffer::Buffer;

/// What an array takes beside its buffers.
const ARRAY_BYTES: u64 = 128;

#[derive(Debug, Default)]
pub(super) struct Footprint {
    seen: HashSet<usize>,
    bytes: u64,
}

impl Footprint {
    pub(super) fn add(&mut self, array: &dyn Array) {
        self.add_data(&array.to_data());
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn add_data(&mut self, data: &ArrayData) {
        self.bytes += ARRAY_BYTES;
        data.buffers().iter().for_each(|buffer| self.add_buffer(buffer));
        if let Some(nulls) = data.nulls() {
            self.add_buffer(nulls.buffer());
        }
        data.child_data().iter().for_each(|child| self.add_data(child));
    }

    fn add_buffer(&mut self, buffer: &Buffer) {
        if self.seen.insert(buffer.data_ptr().as_ptr() as usize) {
            self.bytes += buffer.capacity() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::Int64Array;

    use super::*;

    #[test]
    fn what_two_arrays_share_is_counted_once() {
        let array: Arc<dyn Array> = Arc::new(Int64Array::from_iter_values(0..1_000));
        let mut one = Footprint::default();
        one.add(array.as_ref());
        let mut two = Footprint::default();
        two.add(array.slice(0, 500).as_ref());
        two.add(array.slice(500, 500).as_ref());
        assert!(one.bytes() >= 8_000);
        assert_eq!(two.bytes(), one.bytes() + ARRAY_BYTES);
    }
}
