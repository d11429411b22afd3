//! A lake in memory that answers the engine and records what it was asked.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use catalog::{
    Catalog, Column, ColumnStatistics, ColumnType, DataFile, FORMAT_VERSION, FileColumnStatistics, Footer,
    Lineage, Scalar, TableEntry, TableManifest,
};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::arrow::util::pretty::pretty_format_batches;
use futures::StreamExt;
use futures::channel::mpsc;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;
use protocol::{Failure, FailureKind, QuerySummary};
use worker::engine::Engine;
use worker::io::{Chunk, Counters, DiskIndex, IoRequest, Keep, Origin, Span};
use worker::memory::Budgets;
use worker::query::{CrewRequest, Statement};

pub const ROWS_PER_GROUP: i64 = 1_000;
const ROWS_PER_PAGE: usize = 100;

/// A request that the store saw: the key, and the range if it was one.
pub type Asked = (String, Option<Range<u64>>);

#[derive(Clone, Default)]
pub struct Store {
    pub objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    pub etags: Arc<Mutex<BTreeMap<String, String>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Store {
    pub fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        self.objects
            .lock()
            .expect("lock")
            .insert(key.to_owned(), bytes.into());
    }

    /// What was asked since the last look.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().expect("lock"))
    }

    /// An engine that this store answers until it is gone.
    pub fn engine(&self) -> Engine {
        self.engine_with_disk(DiskIndex::default())
    }

    /// An engine that takes the store's objects to be on disk where the index says so: then no request is noted.
    pub fn engine_with_disk(&self, disk: DiskIndex) -> Engine {
        self.engine_with(disk, &Budgets::default())
    }

    /// As above, within budgets.
    pub fn engine_with(&self, disk: DiskIndex, budgets: &Budgets) -> Engine {
        self.engine_of(disk, 1, budgets).0
    }

    /// An engine that leads so many workers, and what it asks of them.
    pub fn engine_of(
        &self,
        disk: DiskIndex,
        workers: u32,
        budgets: &Budgets,
    ) -> (Engine, mpsc::UnboundedReceiver<CrewRequest>) {
        let (engine, mut requests) = Engine::new(disk.clone(), workers, budgets).expect("starts");
        let store = self.clone();
        tokio::spawn(async move {
            while let Some(request) = requests.io.next().await {
                let answer = store.take(&request, &disk);
                let _ = request.reply.send(answer);
            }
        });
        (engine, requests.crew)
    }

    fn take(&self, request: &IoRequest, disk: &DiskIndex) -> Result<Chunk, Failure> {
        let (Some(name), Span::Range(range)) = (&request.disk_name, &request.span) else {
            return self.answer(&request.origin, &request.span);
        };
        let is_on_disk = disk
            .extents(name)
            .iter()
            .any(|extent| extent.start <= range.start && range.end <= extent.end);
        if !is_on_disk {
            if request.keep == Keep::Pinned {
                disk.add(name, range.clone());
            }
            return self.answer(&request.origin, &request.span);
        }
        let asked = self.take_asked();
        let answer = self.answer(&request.origin, &request.span);
        *self.asked.lock().expect("lock") = asked;
        answer.map(|chunk| Chunk { requests: 0, ..chunk })
    }

    pub fn answer(&self, origin: &Origin, span: &Span) -> Result<Chunk, Failure> {
        let key = origin.display_name();
        let range = match span {
            Span::Whole => None,
            Span::Range(range) => Some(range.clone()),
        };
        self.asked
            .lock()
            .expect("lock")
            .push((key.to_owned(), range.clone()));
        let object = self.objects.lock().expect("lock").get(key).cloned();
        let object =
            object.ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{key} does not exist")))?;
        let total_bytes = object.len() as u64;
        let end = range
            .as_ref()
            .map_or(total_bytes, |range| range.end.min(total_bytes));
        let start = range.map_or(0, |range| range.start.min(end));
        Ok(Chunk {
            bytes: object.slice(usize::try_from(start).expect("fits")..usize::try_from(end).expect("fits")),
            total_bytes,
            etag: self.etags.lock().expect("lock").get(key).cloned(),
            requests: 1,
            timing: None,
        })
    }
}

/// A Parquet file with columns `id` (ascending from `first`), `city` and `value`, in groups of [`ROWS_PER_GROUP`].
pub fn parquet(first: i64, rows: i64) -> Bytes {
    let ids: Vec<i64> = (first..first + rows).collect();
    let cities: Vec<String> = ids.iter().map(|id| format!("city {}", id % 7)).collect();
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(ids.clone())) as ArrayRef),
        ("city", Arc::new(StringArray::from(cities)) as ArrayRef),
        (
            "value",
            Arc::new(Int64Array::from_iter(ids.iter().map(|id| id * 31 % 1_009))) as ArrayRef,
        ),
    ])
    .expect("columns are of one length");
    write(&batch)
}

/// A Parquet file of one batch, in groups of [`ROWS_PER_GROUP`] and pages of [`ROWS_PER_PAGE`].
pub fn write(batch: &RecordBatch) -> Bytes {
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(usize::try_from(ROWS_PER_GROUP).expect("fits")))
        .set_data_page_row_count_limit(ROWS_PER_PAGE)
        .set_write_batch_size(ROWS_PER_PAGE)
        .set_column_dictionary_enabled("id".into(), false)
        .set_column_dictionary_enabled("value".into(), false)
        .build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("schema is supported");
    writer.write(batch).expect("writes");
    writer.into_inner().expect("closes").into()
}

/// A lake with one table `trips` of these files (first id, rows), as `ingest` would have written it.
pub fn lake(files: &[(i64, i64)]) -> Store {
    let store = Store::default();
    publish(&store, 1, files);
    store
}

/// Publishes the table's files anew, in the place of those of the snapshot before.
pub fn publish(store: &Store, snapshot: u32, files: &[(i64, i64)]) {
    let files: Vec<DataFile> = files
        .iter()
        .enumerate()
        .map(|(index, (first, rows))| data_file(store, &format!("{snapshot}.{index}"), index, *first, *rows))
        .collect();
    let manifest = TableManifest {
        format_version: FORMAT_VERSION,
        table: "trips".to_owned(),
        description: None,
        owner: None,
        tags: Vec::new(),
        columns: [("id", "int64"), ("city", "string"), ("value", "int64")]
            .iter()
            .zip(1..)
            .map(|((name, column_type), field_id)| {
                let column_type = ColumnType::from((*column_type).to_owned());
                Column {
                    field_id,
                    name: (*name).to_owned(),
                    original_name: None,
                    role: column_type.default_role(),
                    column_type,
                    nullable: true,
                    description: None,
                    statistics: ColumnStatistics::default(),
                }
            })
            .collect(),
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        partition_by: Vec::new(),
        sort_keys: Vec::new(),
        checks: Vec::new(),
        lineage: Lineage::default(),
        files,
    };
    let mut catalog = Catalog::empty("test");
    catalog.snapshot_id = snapshot.to_string();
    let manifest_key = format!("manifests/trips/{snapshot}.json");
    catalog.tables.push(TableEntry {
        name: "trips".to_owned(),
        manifest: manifest_key.clone(),
        state: None,
        rows: manifest.rows,
        bytes: manifest.bytes,
        files: u32::try_from(manifest.files.len()).expect("fits"),
        columns: 3,
        description: None,
        updated_at: "2026-01-01T00:00:00Z".to_owned(),
    });
    store.put(&manifest_key, serde_json::to_vec(&manifest).expect("serialises"));
    store.put("catalog.json", serde_json::to_vec(&catalog).expect("serialises"));
}

fn data_file(store: &Store, version: &str, index: usize, first: i64, rows: i64) -> DataFile {
    let bytes = parquet(first, rows);
    let key = format!("tables/trips/{index}.parquet");
    let etag = format!("\"v{version}\"");
    let size = bytes.len() as u64;
    let tail = &bytes[bytes.len() - 8..bytes.len() - 4];
    let metadata_bytes = u64::from(u32::from_le_bytes(tail.try_into().expect("four bytes")));
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&bytes)
        .expect("parses");
    let index_offset = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .filter_map(|column| column.column_index_offset())
        .min()
        .expect("has a page index");
    store.put(&key, bytes);
    store
        .etags
        .lock()
        .expect("lock")
        .insert(key.clone(), etag.clone());
    DataFile {
        key,
        bytes: size,
        rows: u64::try_from(rows).expect("fits"),
        row_groups: u32::try_from(metadata.num_row_groups()).expect("fits"),
        etag: Some(etag),
        content_hash: String::new(),
        footer: Footer {
            offset: size - 8 - metadata_bytes,
            bytes: 8 + metadata_bytes,
            index_offset: u64::try_from(index_offset).expect("not negative"),
        },
        partition: BTreeMap::new(),
        columns: BTreeMap::from([(
            "id".to_owned(),
            FileColumnStatistics {
                min: Some(Scalar::Integer(first)),
                max: Some(Scalar::Integer(first + rows - 1)),
                null_count: Some(0),
            },
        )]),
    }
}

/// Names of the ranges of a data file by what lies in them: `footer`, or row group and column.
pub fn places(store: &Store, asked: &[Asked]) -> Vec<String> {
    asked
        .iter()
        .map(|(key, range)| match range {
            None => key.clone(),
            Some(range) => place(store, key, range),
        })
        .collect()
}

fn place(store: &Store, key: &str, range: &Range<u64>) -> String {
    let bytes = store.objects.lock().expect("lock")[key].clone();
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&bytes)
        .expect("parses");
    let mut columns = Vec::new();
    for (index, group) in metadata.row_groups().iter().enumerate() {
        for column in group.columns() {
            let (start, length) = column.byte_range();
            if start < range.end && range.start < start + length {
                columns.push(format!("{index}.{}", column.column_descr().name()));
            }
        }
    }
    if columns.is_empty() {
        "footer".to_owned()
    } else {
        columns.join("+")
    }
}

/// An engine that has opened the lake.
pub async fn open(store: &Store) -> Engine {
    let engine = store.engine();
    engine.open_lake().await.expect("opens");
    engine
}

/// Runs a statement to its end: the rows as a text table, and the summary.
pub async fn run(
    engine: &Engine,
    sql: &str,
    max_rows: Option<u64>,
) -> Result<(String, QuerySummary), Failure> {
    let (sink, batches) = mpsc::channel(1);
    let statement = Statement {
        sql: sql.to_owned(),
        max_rows,
        ..Statement::default()
    };
    let query = tokio::spawn(engine.query(statement, Arc::new(Counters::default()), sink));
    let payloads: Vec<Vec<u8>> = batches
        .filter_map(|outgoing| async { Some(outgoing.into_batch()?.payload) })
        .collect()
        .await;
    let summary = query.await.expect("does not panic")?;
    Ok((text_of(&payloads), summary))
}

/// Rows of Arrow IPC streams as a text table.
pub fn text_of(payloads: &[Vec<u8>]) -> String {
    let decoded: Vec<RecordBatch> = payloads.iter().flat_map(|payload| batches_of(payload)).collect();
    // Where rows are cut into batches is no part of the answer.
    pretty_format_batches(&decoded).expect("prints").to_string()
}

/// Rows of an Arrow IPC stream as texts.
pub fn rows_of(payload: &[u8]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches_of(payload) {
        for row in 0..batch.num_rows() {
            let columns = batch.columns().iter();
            let values = columns.map(|column| array_value_to_string(column, row).expect("prints"));
            rows.push(values.collect());
        }
    }
    rows
}

fn batches_of(payload: &[u8]) -> Vec<RecordBatch> {
    let stream = StreamReader::try_new(payload, None).expect("is a stream");
    stream.collect::<Result<_, _>>().expect("decodes")
}
