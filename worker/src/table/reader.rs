//! Lets DataFusion's Parquet source read through [`crate::io::Io`]: cached footers, parallel and coalesced ranges.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use protocol::Failure;

use super::read_ahead::FileOfScan;
use crate::io::{Held, gather};

/// Makes a reader for each file that a scan opens. Files carry their [`FileOfScan`] as extension.
#[derive(Debug)]
pub(super) struct ReaderFactory;

impl ParquetFileReaderFactory for ReaderFactory {
    fn create_reader(
        &self,
        _partition_index: usize,
        partitioned_file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let file = partitioned_file
            .extension::<FileOfScan>()
            .cloned()
            .ok_or_else(|| DataFusionError::Internal("a scanned file has no place in its scan".to_owned()))?;
        Ok(Box::new(Reader {
            file,
            held: Held::default(),
        }))
    }
}

struct Reader {
    file: FileOfScan,
    /// The blocks of the row group that is read: what came along with one question answers the next.
    held: Held,
}

impl Reader {
    async fn read(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Failure> {
        let FileOfScan { reads, index } = &self.file;
        self.held = reads.start(*index, ranges)?;
        gather(&self.held, &reads.files[*index].object, ranges).await
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        async move {
            let mut bytes = self.read(&[range]).await.map_err(external)?;
            bytes
                .pop()
                .ok_or_else(|| ParquetError::General("a range was not read".to_owned()))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move { self.read(&ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move { self.file.reads.footer(self.file.index).await.map_err(external) }.boxed()
    }
}

fn external(failure: Failure) -> ParquetError {
    ParquetError::External(Box::new(failure))
}
