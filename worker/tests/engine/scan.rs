//! The scan answers as a naive scan of the same rows would, whatever is kept, shared or cut into portions.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, StructArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::instant::Instant;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::{StreamExt, TryStreamExt};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use protocol::CacheKind;
use worker::column::Columns;
use worker::io::{DiskIndex, Io, Origin};
use worker::memory::Memory;
use worker::scan::{GoldScan, Portion, Share, UseGoldScan};
use worker::table::{Footers, Source, open_files};

use crate::support::{Store, lake, open, run};

const ROWS: usize = 50_000;
const ROWS_PER_GROUP: usize = 20_000;

/// Rows of every kind of column, from `first` on.
fn rows(first: usize, rows: usize) -> RecordBatch {
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
                    ids.clone()
                        .map(|id| (!is_null(id, 23)).then_some(id as i128 * 37 % 9_999)),
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
struct Both {
    ours: SessionContext,
    naive: SessionContext,
    columns: Arc<Columns>,
    store: Store,
}

impl Both {
    async fn of(files: &[RecordBatch], with_page_index: bool) -> Self {
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

    async fn agree(&self, sql: &str) {
        let expected = answer(&self.naive, sql).await;
        self.columns.clear();
        for round in ["cold", "warm"] {
            assert_eq!(answer(&self.ours, sql).await, expected, "{round}: {sql}");
        }
    }

    /// The one scan of a statement.
    async fn plan(&self, sql: &str) -> Arc<dyn ExecutionPlan> {
        let frame = self.ours.sql(sql).await.expect("can be planned");
        frame.create_physical_plan().await.expect("can be planned")
    }

    fn context(&self, extend: impl FnOnce(SessionConfig) -> SessionConfig) -> Arc<TaskContext> {
        let config = extend(self.ours.copied_config());
        let context = TaskContext::from(&self.ours);
        Arc::new(context.with_session_config(config))
    }
}

async fn answer(context: &SessionContext, sql: &str) -> String {
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

fn scan(plan: &Arc<dyn ExecutionPlan>) -> &GoldScan {
    match plan.downcast_ref::<GoldScan>() {
        Some(scan) => scan,
        None => scan(plan.children().first().expect("a scan is below")),
    }
}

fn three_files() -> Vec<RecordBatch> {
    let all = rows(0, ROWS);
    vec![
        all.slice(0, 30_000),
        all.slice(30_000, 15_000),
        all.slice(45_000, 5_000),
    ]
}

/// Filters of all kinds of columns; the numbers are drawn.
fn filters(seed: u64) -> Vec<String> {
    let mut state = seed;
    let mut draw = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut parts = vec![
        format!("id >= {}", draw(50_000)),
        format!("id BETWEEN {0} AND {0} + {1}", draw(50_000), draw(3_000)),
        format!("id % {} = 3", 5 + draw(4_000)),
        format!("city = 'a city of some length, number {}'", draw(310)),
        format!(
            "city IN ('a city of some length, number {}', 'nowhere')",
            draw(300)
        ),
        format!("city LIKE '%number {}%'", draw(30)),
        "city IS NULL".to_owned(),
        format!("city <> 'a city of some length, number {}'", draw(300)),
        format!("unique < 'row {}'", draw(99)),
        format!("value > {}", draw(7)),
        "value IS NULL".to_owned(),
        "flag".to_owned(),
        "flag IS NOT TRUE".to_owned(),
        format!("price <= {}.50", draw(99)),
        format!("items[1] = {}", draw(50_000)),
        format!("point['x'] > {}", draw(97)),
        format!("point['name'] = 'p{}'", draw(6)),
        "nothing IS NULL".to_owned(),
        "nothing = 1".to_owned(),
        format!("length(unique) + id > {}", draw(50_000)),
    ];
    for _ in 0..8 {
        let pick = |at: u64, parts: &[String]| parts[usize::try_from(at).expect("fits") % 20].clone();
        let (a, b, c) = (
            pick(draw(20), &parts),
            pick(draw(20), &parts),
            pick(draw(20), &parts),
        );
        parts.push(format!("{a} AND {b}"));
        parts.push(format!("({a} OR {b}) AND {c}"));
    }
    parts
}

#[tokio::test]
async fn filtered_rows_are_those_of_a_naive_scan() {
    for with_page_index in [true, false] {
        let both = Both::of(&three_files(), with_page_index).await;
        let step = if with_page_index { 1 } else { 3 };
        for (number, filter) in filters(7).into_iter().enumerate().step_by(step) {
            let shown = [
                "*",
                "id, city",
                "id, point['name'] AS name, items",
                "id, upper(unique) AS u, value * 2 AS v",
            ][number % 4];
            both.agree(&format!("SELECT {shown} FROM t WHERE {filter} ORDER BY id"))
                .await;
            both.agree(&format!(
                "SELECT count(*) AS n, sum(id) AS s, min(city) AS c FROM t WHERE {filter}"
            ))
            .await;
        }
    }
}

#[tokio::test]
async fn groups_windows_and_joins_are_those_of_a_naive_scan() {
    let both = Both::of(&three_files(), true).await;
    for sql in [
        "SELECT city, count(*) AS n, sum(value) AS s, count(distinct flag) AS f FROM t GROUP BY city ORDER BY city",
        "SELECT * FROM t ORDER BY id",
        "SELECT count(*) AS n, count(nothing) AS m FROM t",
        "SELECT a.id, b.city FROM t a JOIN t b ON a.id = b.id * 100 WHERE b.price < 3 ORDER BY a.id, b.city",
        "SELECT id, rank() OVER (PARTITION BY city ORDER BY price, id) AS r FROM t WHERE id < 3000 ORDER BY id",
        "SELECT id FROM t WHERE id IN (SELECT max(id) FROM t GROUP BY city) ORDER BY id",
        "SELECT sum(cardinality(items)) AS n, max(point['x']) AS x FROM t",
    ] {
        both.agree(sql).await;
    }
}

#[tokio::test]
async fn a_top_k_finds_its_rows_in_whatever_order_row_groups_come() {
    let both = Both::of(&three_files(), true).await;
    for order in [
        "id",
        "id DESC",
        "price DESC NULLS LAST, id",
        "unique, id",
        "city DESC NULLS LAST, id DESC",
        "value NULLS FIRST, id",
    ] {
        both.agree(&format!("SELECT id, city, price FROM t ORDER BY {order} LIMIT 7"))
            .await;
        both.agree(&format!("SELECT id FROM t WHERE flag ORDER BY {order} LIMIT 5"))
            .await;
    }
}

#[tokio::test]
async fn a_limit_gives_as_many_rows_and_opens_no_file_more_than_it_needs() {
    let both = Both::of(&three_files(), true).await;
    both.store.take_asked();
    for (sql, wanted) in [
        ("SELECT id, city FROM t LIMIT 10", 10),
        ("SELECT id FROM t WHERE id >= 100 LIMIT 9000", 9_000),
        ("SELECT id FROM t WHERE value > 1 LIMIT 3", 3),
    ] {
        let batches = collect(both.plan(sql).await, both.ours.task_ctx())
            .await
            .expect("runs");
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            wanted,
            "{sql}"
        );
    }
    let asked = both.store.take_asked();
    assert!(
        asked.iter().all(|(key, _)| key.ends_with("/0.parquet")),
        "{asked:?}"
    );
    let all = "SELECT id FROM t WHERE id < 49999 LIMIT 100000";
    let batches = collect(both.plan(all).await, both.ours.task_ctx())
        .await
        .expect("runs");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 49_999);
}

/// Ordinals and rows of an execution in order.
async fn in_order(scan: &GoldScan, context: &TaskContext) -> Vec<(u64, RecordBatch)> {
    let batches = scan.execute_in_order(context).expect("starts");
    batches.try_collect().await.expect("runs")
}

fn ids(batches: &[(u64, RecordBatch)]) -> Vec<i64> {
    let of = |batch: &RecordBatch| {
        let ids = batch.column(0).as_any().downcast_ref::<Int64Array>();
        ids.expect("is a number").values().to_vec()
    };
    batches.iter().flat_map(|(_, batch)| of(batch)).collect()
}

const SCANS: [&str; 4] = [
    "SELECT id, city FROM t",
    "SELECT id FROM t WHERE city LIKE '%1%'",
    "SELECT id, unique FROM t WHERE id > 19990 AND id < 30010",
    "SELECT id FROM t WHERE id % 7 = 99",
];

#[tokio::test]
async fn shares_make_up_the_whole_and_row_groups_stay_at_home() {
    let both = Both::of(&three_files(), true).await;
    for sql in SCANS {
        let whole = both.plan(sql).await;
        let whole = ids(&in_order(scan(&whole), &both.ours.task_ctx()).await);
        assert!(whole.is_sorted());
        let mut together = Vec::new();
        for index in 0..3 {
            let plan = both.plan(sql).await;
            let spread = scan(&plan).spread();
            assert!(spread.is_spread() && !scan(&plan).is_spread());
            let context = both.context(|config| config.with_extension(Arc::new(Share { index, of: 3 })));
            let batches = in_order(&spread, &context).await;
            assert!(
                batches
                    .iter()
                    .all(|(ordinal, _)| *ordinal % 3 == u64::from(index)),
                "{sql}"
            );
            assert!(batches.is_sorted_by_key(|(ordinal, _)| *ordinal));
            together.extend(ids(&batches));
        }
        together.sort_unstable();
        assert_eq!(together, whole, "{sql}");
    }
}

#[tokio::test]
async fn portions_make_up_the_whole() {
    let both = Both::of(&three_files(), true).await;
    for sql in SCANS {
        let whole = both.plan(sql).await;
        let whole = ids(&in_order(scan(&whole), &both.ours.task_ctx()).await);
        let plan = both.plan(sql).await;
        let portion = Portion {
            until: Some(Instant::now()),
        };
        let context = both.context(|config| config.with_extension(Arc::new(portion)));
        let mut portions = Vec::new();
        while !scan(&plan).is_exhausted() {
            let batches = in_order(scan(&plan), &context).await;
            let mut ordinals: Vec<u64> = batches.iter().map(|(ordinal, _)| *ordinal).collect();
            ordinals.dedup();
            assert!(
                ordinals.len() <= 1,
                "a portion whose time is over is one row group: {ordinals:?}"
            );
            portions.extend(ids(&batches));
        }
        assert_eq!(portions, whole, "{sql}");
        assert!(
            in_order(scan(&plan), &context).await.is_empty(),
            "nothing is left"
        );
    }
}

#[tokio::test]
async fn strings_of_a_dictionary_are_kept_by_their_keys() {
    let both = Both::of(&[rows(0, ROWS)], true).await;
    let bytes = || both.columns.report().bytes;
    answer(&both.ours, "SELECT max(city) AS c FROM t").await;
    let city = bytes();
    assert!(city < 4 * ROWS as u64, "300 cities, and two bytes a row: {city}");
    answer(&both.ours, "SELECT max(unique) AS u FROM t").await;
    assert!(bytes() - city > 16 * ROWS as u64, "views and texts");
    assert_eq!(
        both.columns.report().entries,
        6,
        "two columns of three row groups"
    );
}

#[tokio::test]
async fn a_part_of_a_column_is_not_kept_unless_it_is_wanted_again() {
    let both = Both::of(&[rows(0, ROWS)], true).await;
    let sql = "SELECT unique FROM t WHERE id BETWEEN 100 AND 120";
    answer(&both.ours, sql).await;
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 0, "it would take more bytes");
    answer(
        &both.ours,
        "SELECT max(unique) AS u, max(id) AS i FROM t WHERE flag",
    )
    .await;
    both.columns.clear();
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 0, "the first time since then");
    answer(&both.ours, sql).await;
    assert_eq!(both.columns.report().entries, 2, "its bytes are here");
}

#[tokio::test]
async fn a_file_of_another_type_than_its_table_is_cast() {
    for (type_name, shown) in [
        ("float64", "sum(value) > 0.5"),
        ("int32", "sum(value)"),
        ("string", "max(value)"),
    ] {
        let store = lake(&[(0, 3_000)]);
        let engine = open(&store).await;
        let (expected, _) = run(&engine, &format!("SELECT city, {shown} AS s FROM (SELECT city, id, arrow_cast(value, '{}') AS value FROM trips) x WHERE id > 10 GROUP BY city ORDER BY city", arrow_name(type_name)), None)
            .await
            .expect("runs");
        let manifest = "manifests/trips/1.json";
        let json = store.objects.lock().expect("lock")[manifest].clone();
        let mut json: serde_json::Value = serde_json::from_slice(&json).expect("parses");
        json["columns"][2]["type"] = type_name.into();
        store.put(manifest, serde_json::to_vec(&json).expect("serialises"));
        let engine = open(&store).await;
        let sql = format!("SELECT city, {shown} AS s FROM trips WHERE id > 10 GROUP BY city ORDER BY city");
        for _ in 0..2 {
            let (rows, _) = run(&engine, &sql, None).await.expect("runs");
            assert_eq!(rows, expected, "{type_name}");
            engine.clear(CacheKind::Results);
        }
        let (rows, _) = run(
            &engine,
            "SELECT count(*) AS n FROM trips WHERE value >= '500'",
            None,
        )
        .await
        .expect("runs");
        assert!(!rows.contains("| 0 |"), "{type_name}: {rows}");
    }
}

fn arrow_name(type_name: &str) -> &'static str {
    match type_name {
        "float64" => "Float64",
        "int32" => "Int32",
        _ => "Utf8View",
    }
}

#[tokio::test]
async fn an_explained_plan_says_what_is_scanned() {
    let both = Both::of(&three_files(), true).await;
    let plan = answer(&both.ours, "EXPLAIN SELECT city FROM t WHERE id < 100 AND flag").await;
    assert!(
        plan.contains("GoldScan: table=t, files=1 of 3, projection=[city]"),
        "{plan}"
    );
    assert!(plan.contains("predicate=id@0 < 100"), "{plan}");
    let analysed = answer(&both.ours, "EXPLAIN ANALYZE SELECT count(city) FROM t WHERE flag").await;
    for metric in [
        "output_rows=",
        "elapsed_compute=",
        "row_groups=4",
        "columns_decoded=8",
        "time_decoding=",
    ] {
        assert!(analysed.contains(metric), "{metric} in {analysed}");
    }
}
