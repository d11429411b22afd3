//! Lets DataFusion's Parquet source read through [`Io`]: cached footers, parallel and coalesced ranges.

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

use super::TableFile;
use crate::io::ScanIo;

/// Makes a reader for each file that a scan opens. Files carry their [`TableFile`] as extension.
#[derive(Debug)]
pub(super) struct ReaderFactory {
    pub(super) scan: ScanIo,
}

impl ParquetFileReaderFactory for ReaderFactory {
    fn create_reader(
        &self,
        _partition_index: usize,
        partitioned_file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let file = partitioned_file
            .extension::<Arc<TableFile>>()
            .cloned()
            .ok_or_else(|| DataFusionError::Internal("a scanned file has no table file".to_owned()))?;
        Ok(Box::new(Reader {
            file,
            scan: self.scan.clone(),
        }))
    }
}

struct Reader {
    file: Arc<TableFile>,
    scan: ScanIo,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        async move {
            self.scan
                .io
                .read_range(&self.file.object, range, &self.scan.counters)
                .await
                .map_err(external)
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move {
            self.scan
                .io
                .read_ranges(&self.file.object, &ranges, &self.scan.counters)
                .await
                .map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            self.file
                .footer(&self.scan.io, &self.scan.counters)
                .await
                .map_err(external)
        }
        .boxed()
    }
}

fn external(failure: Failure) -> ParquetError {
    ParquetError::External(Box::new(failure))
}
