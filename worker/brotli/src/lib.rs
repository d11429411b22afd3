//! Stands in for the crate `brotli` as parquet uses it: reads, and refuses to write.
//!
//! Parquet calls its codecs through a trait object, so a linker keeps both directions. The engine only reads, and brotli's
//! compressor is a thirtieth of what every visitor would download: a table of 65,536 logarithms among it.

use std::io::{self, Write};
use std::marker::PhantomData;

pub use brotli_decompressor::reader::Decompressor;

/// A compressor that fails at the first byte.
#[derive(Debug)]
pub struct CompressorWriter<W>(PhantomData<W>);

impl<W: Write> CompressorWriter<W> {
    /// The signature is that of the crate which this one stands in for.
    pub fn new(_output: W, _buffer_bytes: usize, _quality: u32, _window_bits: u32) -> Self {
        Self(PhantomData)
    }
}

impl<W: Write> Write for CompressorWriter<W> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "brotli is read and not written: worker/brotli stands in for the whole crate; remove it from [patch.crates-io]",
        ))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
