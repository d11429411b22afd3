//! A table of every kind of column, scanned by the engine and held in memory.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, StructArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::execution::{SessionStateBuilder, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use worker::column::Columns;
use worker::io::{DiskIndex, Io, Origin};
use worker::memory::Memory;
use worker::scan::{GoldScan, UseGoldScan};
use worker::table::{Footers, Source, open_files};

use crate::support::Store;

pub const ROWS: usize = 50_000;
const ROWS_PER_GROUP: usize = 20_000;

/// Rows of every kind of column, from `first` on.
pub fn rows(first: usize, rows: usize) -> RecordBatch {
    let ids = first..first + rows;
    let at = |id: usize| i64::try_from(id).expect("fits");
    let is_null = |id: usize, every: usize| id % every == every / 2;
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>(
        ids.clone()
            .map(|id| (!is_null(id, 11)).then(|| (0..id % 4).map(move |item| Some(at(id + item))))),
    );
    let point = StructArray::from(vec![
        (
            Arc::new(Field::new("x", DataType::Int32, true)),
            Arc::new(Int32Array::from_iter(
                ids.clone()
                    .map(|id| (!is_null(id, 13)).then_some((id % 97) as i32)),
            )) as ArrayRef,
        ),
        (
            Arc::new(Field::new("name", DataType::Utf8, true)),
            Arc::new(StringArray::from_iter_values(
                ids.clone().map(|id| format!("p{}", id % 5)),
            )) as ArrayRef,
        ),
    ]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(ids.clone().map(at)))),
        (
            "city",
            Arc::new(StringArray::from_iter(ids.clone().map(|id| {
                (!is_null(id, 17)).then(|| format!("a city of some length, number {}", id * 7 % 300))
            }))),
        ),
        (
            "unique",
            Arc::new(StringArray::from_iter_values(
                ids.clone().map(|id| format!("row {}", id * 7_919 % 100_003)),
            )),
        ),
        (
            "value",
            Arc::new(Float64Array::from_iter(ids.clone().map(|id| match id % 101 {
                0 => Some(f64::NAN),
                1 => None,
                rest => Some(rest as f64 / 8.0 - 5.0),
            }))),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from_iter(
                ids.clone().map(|id| (!is_null(id, 19)).then_some(id % 3 == 0)),
            )),
        ),
        (
            "price",
            Arc::new(
                Decimal128Array::from_iter(
                    ids.map(|id| (!is_null(id, 23)).then_some(id as i128 * 37 % 9_999)),
                )
                .with_precision_and_scale(12, 2)
                .expect("fits"),
            ),
        ),
        ("items", Arc::new(list)),
        ("point", Arc::new(point)),
        ("nothing", Arc::new(Int64Array::from(vec![None; rows]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)))
        .expect("columns are of one length")
}

fn file(batch: &RecordBatch, with_page_index: bool) -> Bytes {
    let page_rows = if with_page_index { 1_000 } else { ROWS };
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_data_page_row_count_limit(page_rows)
        .set_write_batch_size(1_000)
        .set_column_dictionary_enabled("unique".into(), false)
        .set_offset_index_disabled(!with_page_index)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("starts");
    writer.write(batch).expect("writes");
    writer.into_inner().expect("closes").into()
}

/// A table `t` as the engine scans it, and as a table in memory.
pub struct Both {
    pub ours: SessionContext,
    naive: SessionContext,
    pub columns: Arc<Columns>,
    pub store: Store,
}

impl Both {
    pub async fn of(files: &[RecordBatch], with_page_index: bool) -> Self {
        let store = Store::default();
        let origins = files.iter().enumerate().map(|(index, batch)| {
            let url = format!("https://host/{index}.parquet");
            store.put(&url, file(batch, with_page_index));
            Origin::Url(url)
        });
        let origins = origins.collect();
        let memory = Arc::new(Memory::default());
        let (io, mut requests) = Io::channel(DiskIndex::default(), &memory, 1 << 28);
        tokio::spawn({
            let store = store.clone();
            async move {
                while let Some(request) = requests.next().await {
                    let answer = store.answer(&request.origin, &request.span);
                    let _ = request.reply.send(answer);
                }
            }
        });
        let source = Source {
            io,
            footers: Footers::new(&memory, 1 << 26),
            columns: Columns::new(&memory, 1 << 28),
        };
        let table = open_files("t", origins, &source).await.expect("opens");
        let mut config = SessionConfig::new().with_target_partitions(1);
        config.options_mut().execution.parquet.pushdown_filters = true;
        config.options_mut().optimizer.repartition_file_scans = false;
        let state = SessionStateBuilder::new()
            .with_config(config.clone())
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(UseGoldScan))
            .build();
        let ours = SessionContext::new_with_state(state);
        ours.register_table("t", Arc::new(table)).expect("is new");
        let naive = SessionContext::new_with_config(config);
        let whole = concat_batches(&files[0].schema(), files).expect("are alike");
        let in_memory = MemTable::try_new(whole.schema(), vec![vec![whole]]).expect("fits");
        naive.register_table("t", Arc::new(in_memory)).expect("is new");
        Self {
            ours,
            naive,
            columns: source.columns,
            store,
        }
    }

    pub async fn agree(&self, sql: &str) {
        let expected = answer(&self.naive, sql).await;
        self.columns.clear();
        for round in ["cold", "warm"] {
            assert_eq!(answer(&self.ours, sql).await, expected, "{round}: {sql}");
        }
    }

    /// The one scan of a statement.
    pub async fn plan(&self, sql: &str) -> Arc<dyn ExecutionPlan> {
        let frame = self.ours.sql(sql).await.expect("can be planned");
        frame.create_physical_plan().await.expect("can be planned")
    }

    pub fn context(&self, extend: impl FnOnce(SessionConfig) -> SessionConfig) -> Arc<TaskContext> {
        let config = extend(self.ours.copied_config());
        let context = TaskContext::from(&self.ours);
        Arc::new(context.with_session_config(config))
    }
}

pub async fn answer(context: &SessionContext, sql: &str) -> String {
    let frame = context
        .sql(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = frame
        .collect()
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    pretty_format_batches(&batches).expect("prints").to_string()
}

pub fn scan(plan: &Arc<dyn ExecutionPlan>) -> &GoldScan {
    match plan.downcast_ref::<GoldScan>() {
        Some(scan) => scan,
        None => scan(plan.children().first().expect("a scan is below")),
    }
}

pub fn three_files() -> Vec<RecordBatch> {
    let all = rows(0, ROWS);
    vec![
        all.slice(0, 30_000),
        all.slice(30_000, 15_000),
        all.slice(45_000, 5_000),
    ]
}
