//! A Parquet object as a file of this machine that has holes where nobody reads.
//!
//! Invariant: every byte of the file that its footer leads a reader of the demanded columns to is that of the object, in the
//! version that was listed. Row groups beyond the demanded rows are not in its footer; bloom filters and page indexes are
//! not named there.
//!
//! Entry points: [`Object`], [`Hollow::open`], [`Hollow::wanted`], [`Hollow::fetch`].

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use catalog::DataFile;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};

use super::demand::Demand;
use crate::data_files::DataFileError;
use crate::footer;
use crate::source::{self, RawFile};
use crate::target::{Target, TargetError, Traffic, at_s3};

/// The most that one request asks for.
const REQUEST_BYTES: u64 = 16 << 20;
/// Unwanted bytes that are read rather than asking twice.
const GAP_BYTES: u64 = 64 << 10;

/// An object, and what is known of it without asking.
pub(in crate::query) struct Object<'a> {
    store: &'a dyn ObjectStore,
    key: Path,
    bytes: u64,
    etag: Option<String>,
    called: Called<'a>,
}

/// What it is called where something is wrong with it.
#[derive(Debug)]
enum Called<'a> {
    /// As it was listed.
    Listed(&'a str),
    /// As the manifest of a table has it.
    Published { table: String, key: String },
}

impl<'a> Object<'a> {
    /// One that was listed; none where the file is no object.
    pub fn listed(file: &'a RawFile) -> Option<Self> {
        let (store, key) = file.object()?;
        let version = &file.input.version;
        Some(Self {
            store,
            key: key.clone(),
            bytes: file.input.bytes,
            etag: version.starts_with('"').then(|| version.clone()),
            called: Called::Listed(&file.input.path),
        })
    }

    /// A file of a table of the target.
    pub fn published(target: &'a Target, table: &str, file: &DataFile) -> Result<Self, TargetError> {
        Ok(Self {
            store: &*target.store,
            key: target.path(&file.key)?,
            bytes: file.bytes,
            etag: file.etag.clone(),
            called: Called::Published {
                table: table.to_owned(),
                key: file.key.clone(),
            },
        })
    }

    /// Where its file here is, below a folder of its own: folders of an address may stand for columns.
    pub fn below(&self) -> PathBuf {
        match &self.called {
            Called::Listed(name) => source::mirrored(name),
            Called::Published { .. } => PathBuf::from("published.parquet"),
        }
    }

    async fn get(&self, range: Range<u64>, traffic: &Traffic) -> anyhow::Result<Bytes> {
        let wanted = range.end - range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.etag.clone(),
            ..GetOptions::default()
        };
        let failed = |error| self.called.failed(&error);
        let got = self.store.get_opts(&self.key, options).await.map_err(failed)?;
        let bytes = got.bytes().await.map_err(failed)?;
        traffic.read(bytes.len() as u64);
        if bytes.len() as u64 == wanted {
            Ok(bytes)
        } else {
            Err(self.called.replaced())
        }
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.called.fmt(formatter)
    }
}

impl Called<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Listed(name) => name,
            Self::Published { key, .. } => key,
        }
    }

    fn replaced(&self) -> anyhow::Error {
        match self {
            Self::Listed(_) => anyhow!("it was replaced while it was read: run again"),
            Self::Published { table, key } => DataFileError::Replaced {
                table: table.clone(),
                key: key.clone(),
            }
            .into(),
        }
    }

    fn failed(&self, error: &object_store::Error) -> anyhow::Error {
        match (self, error) {
            (_, object_store::Error::Precondition { .. }) => self.replaced(),
            (Self::Published { table, key }, object_store::Error::NotFound { .. }) => {
                DataFileError::Missing {
                    table: table.clone(),
                    key: key.clone(),
                }
                .into()
            }
            _ => anyhow!("{}", at_s3(error)),
        }
    }
}

/// An object and its file here.
#[derive(Debug)]
pub(super) struct Hollow<'a> {
    object: Object<'a>,
    path: PathBuf,
    metadata: ParquetMetaData,
    footer_offset: u64,
}

impl<'a> Hollow<'a> {
    /// Reads the footer and makes a file that has nothing but that.
    pub async fn open(object: Object<'a>, path: PathBuf, traffic: &Traffic) -> anyhow::Result<Self> {
        let whole = &object;
        let read = footer::read(whole.bytes, |range| async move {
            whole
                .get(range, traffic)
                .await
                .map(|bytes| (bytes, ()))
                .map_err(|error| format!("{error:#}"))
        });
        let read = read
            .await
            .map_err(|reason| anyhow!("{}: {reason}", object.called.name()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        let hollow = Self {
            object,
            path,
            metadata: read.metadata,
            footer_offset: read.offset,
        };
        hollow.write_footer(hollow.metadata.row_groups())?;
        Ok(hollow)
    }

    /// Where the file is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Makes the file end with a footer of the row groups that are wanted, of which the first `rows` rows will do. Returns
    /// the rows that the file has then, and the ranges to fetch for them.
    pub fn wanted(&self, demand: &Demand, rows: Option<u64>) -> anyhow::Result<(u64, Vec<Range<u64>>)> {
        let mut there = 0;
        let mut groups = Vec::new();
        for group in self.metadata.row_groups() {
            if rows.is_some_and(|rows| there >= rows) {
                break;
            }
            there += u64::try_from(group.num_rows()).unwrap_or_default();
            groups.push(group.clone());
        }
        if groups.len() < self.metadata.num_row_groups() {
            self.write_footer(&groups)?;
        }
        let wanted = groups
            .iter()
            .flat_map(RowGroupMetaData::columns)
            .filter(|chunk| {
                chunk
                    .column_path()
                    .parts()
                    .first()
                    .is_some_and(|root| demand.wants(root))
            })
            .map(|chunk| self.range_of(chunk))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok((there, requests(wanted)))
    }

    /// Fetches a range of the object into the file.
    pub async fn fetch(&self, range: Range<u64>, traffic: &Traffic) -> anyhow::Result<()> {
        let start = range.start;
        let bytes = self.object.get(range, traffic).await?;
        self.write_at(&bytes, start)
            .with_context(|| format!("cannot write to {}", self.path.display()))
    }

    /// Each time by a handle of its own, since positions are the handle's.
    fn write_at(&self, bytes: &[u8], start: u64) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)
    }

    fn range_of(&self, chunk: &ColumnChunkMetaData) -> anyhow::Result<Range<u64>> {
        let damaged = || {
            anyhow!(
                "{}: is damaged: its footer names bytes beyond its end; write it again",
                self.object.called.name()
            )
        };
        let first = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let start = u64::try_from(first.min(chunk.data_page_offset())).map_err(|_| damaged())?;
        let bytes = u64::try_from(chunk.compressed_size()).map_err(|_| damaged())?;
        match start.checked_add(bytes) {
            Some(end) if end <= self.footer_offset => Ok(start..end),
            _ => Err(damaged()),
        }
    }

    /// Makes the file end with a footer of these row groups.
    fn write_footer(&self, groups: &[RowGroupMetaData]) -> anyhow::Result<()> {
        let failed = || format!("cannot write to {}", self.path.display());
        let groups = groups
            .iter()
            .map(without_indexes)
            .collect::<Result<Vec<_>, _>>()
            .with_context(failed)?;
        let whole = self.metadata.file_metadata();
        let of_groups = FileMetaData::new(
            whole.version(),
            groups.iter().map(RowGroupMetaData::num_rows).sum(),
            whole.created_by().map(str::to_owned),
            whole.key_value_metadata().cloned(),
            whole.schema_descr_ptr(),
            whole.column_orders().cloned(),
        );
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)
            .with_context(failed)?;
        file.write_all(b"PAR1").with_context(failed)?;
        file.set_len(self.footer_offset).with_context(failed)?;
        file.seek(SeekFrom::End(0)).with_context(failed)?;
        ParquetMetaDataWriter::new(&mut file, &ParquetMetaData::new(of_groups, groups))
            .finish()
            .with_context(failed)
    }
}

fn without_indexes(group: &RowGroupMetaData) -> parquet::errors::Result<RowGroupMetaData> {
    let columns = group
        .columns()
        .iter()
        .map(|chunk| {
            chunk
                .clone()
                .into_builder()
                .set_bloom_filter_offset(None)
                .set_bloom_filter_length(None)
                .set_offset_index_offset(None)
                .set_offset_index_length(None)
                .set_column_index_offset(None)
                .set_column_index_length(None)
                .build()
        })
        .collect::<Result<Vec<_>, _>>()?;
    group.clone().into_builder().set_column_metadata(columns).build()
}

/// Few requests for these ranges, none of them large.
fn requests(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP_BYTES) => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range),
        }
    }
    let parts = |range: Range<u64>| {
        let end = range.end;
        let step = usize::try_from(REQUEST_BYTES).unwrap_or(usize::MAX);
        range
            .step_by(step)
            .map(move |start| start..(start + REQUEST_BYTES).min(end))
    };
    joined.into_iter().flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let requests = requests(ranges.iter().map(|&(start, end)| start..end).collect());
        requests.iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn ranges_that_touch_are_asked_for_together_and_large_ones_in_parts() {
        let (gap, most) = (GAP_BYTES, REQUEST_BYTES);
        assert_eq!(ends(&[(50, 60), (4, 10), (10, 20)]), [(4, 60)]);
        let apart = [(0, 10), (11 + gap, 12 + gap)];
        assert_eq!(ends(&apart), apart);
        assert_eq!(ends(&[(4, 2 * most)]), [(4, 4 + most), (4 + most, 2 * most)]);
        assert_eq!(ends(&[]), []);
    }
}
