//! What is on its way while somebody waits for something else.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use futures::channel::mpsc;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{BloomFilterPosition, WriterProperties};
use worker::engine::Engine;
use worker::io::{DiskIndex, IoRequest, Origin, Span, Urgency};
use worker::memory::Budgets;
use worker::query::Statement;

use crate::support::{Store, lake, places, run};

/// The requests that are under way when nothing moves any more without an answer.
struct Held {
    store: Store,
    requests: mpsc::UnboundedReceiver<IoRequest>,
    held: Vec<IoRequest>,
}

impl Held {
    /// A query whose footers are answered and whose data is not.
    async fn of(store: Store, sql: &str) -> (Self, tokio::task::JoinHandle<()>) {
        let (engine, requests) = Engine::new(DiskIndex::default(), 1, &Budgets::default()).expect("starts");
        let mut held = Self {
            store,
            requests: requests.io,
            held: Vec::new(),
        };
        let sql = sql.to_owned();
        let query = tokio::spawn(async move {
            engine.open_lake().await.expect("opens");
            let (sink, batches) = mpsc::channel(10);
            let statement = Statement {
                sql,
                ..Statement::default()
            };
            let outcome = engine.query(statement, Arc::default(), sink).await;
            drop(batches);
            outcome.expect("runs");
        });
        held.settle().await;
        (held, query)
    }

    /// Answers all but data, until nothing else is asked.
    async fn settle(&mut self) {
        loop {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            let Ok(request) = self.requests.try_recv() else {
                return;
            };
            if self.name(&request) == "footer" || request.span == Span::Whole {
                self.answer(request);
            } else {
                self.held.push(request);
            }
        }
    }

    fn answer(&self, request: IoRequest) {
        let answer = self.store.answer(&request.origin, &request.span);
        request.reply.send(answer).expect("somebody waits");
    }

    async fn answer_all(&mut self) {
        for request in std::mem::take(&mut self.held) {
            self.answer(request);
        }
        self.settle().await;
    }

    fn name(&self, request: &IoRequest) -> String {
        let range = match &request.span {
            Span::Whole => None,
            Span::Range(range) => Some(range.clone()),
        };
        let asked = [(request.origin.display_name().to_owned(), range)];
        places(&self.store, &asked).remove(0)
    }

    fn names(&self, urgency: Urgency) -> Vec<String> {
        let mut names: Vec<String> = self
            .held
            .iter()
            .filter(|request| request.urgency == urgency)
            .map(|request| self.name(request))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[tokio::test]
async fn the_next_row_groups_are_fetched_while_the_first_is_on_its_way() {
    let (mut held, query) = Held::of(
        lake(&[(0, 3_000), (3_000, 1_000)]),
        "SELECT sum(value) FROM trips",
    )
    .await;
    assert_eq!(held.names(Urgency::Now), ["0.value"]);
    let ahead: Vec<&str> = held
        .held
        .iter()
        .filter(|request| request.urgency == Urgency::Ahead)
        .map(|request| request.origin.display_name())
        .collect();
    assert_eq!(
        ahead,
        [
            "tables/trips/0.parquet",
            "tables/trips/0.parquet",
            "tables/trips/1.parquet"
        ],
        "the other row groups, and the next file's"
    );
    held.answer_all().await;
    assert!(held.held.is_empty());
    query.await.expect("ends");
}

#[tokio::test]
async fn two_round_trips_lead_to_a_filtered_answer() {
    let sql = "SELECT city, sum(value) FROM trips WHERE id BETWEEN 1200 AND 1300 GROUP BY city";
    let (mut held, query) = Held::of(lake(&[(0, 5_000)]), sql).await;
    assert_eq!(held.names(Urgency::Now), ["1.city", "1.id", "1.value"]);
    held.answer_all().await;
    assert!(held.held.is_empty(), "nothing is left to ask");
    query.await.expect("ends");
}

#[tokio::test]
async fn a_query_that_may_end_early_fetches_nothing_ahead() {
    for sql in [
        "SELECT value FROM trips LIMIT 5",
        "SELECT id, value FROM trips ORDER BY value DESC LIMIT 3",
    ] {
        let (mut held, query) = Held::of(lake(&[(0, 5_000)]), sql).await;
        assert_eq!(held.names(Urgency::Ahead), Vec::<String>::new(), "{sql}");
        while !held.held.is_empty() {
            held.answer_all().await;
        }
        query.await.expect("ends");
    }
}

#[tokio::test]
async fn the_bloom_filters_of_all_row_groups_come_in_one_round_trip() {
    let cities = StringArray::from_iter_values((0..100_000).map(|row| format!("city {}", row % 10_000 * 2)));
    let batch = RecordBatch::try_from_iter([("city", Arc::new(cities) as ArrayRef)]).expect("is a batch");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(10_000))
        .set_bloom_filter_enabled(true)
        .set_bloom_filter_position(BloomFilterPosition::End)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("starts");
    writer.write(&batch).expect("writes");
    let store = Store::default();
    store.put(
        "https://host/cities.parquet",
        writer.into_inner().expect("closes"),
    );
    let engine = store.engine();
    let url = Origin::Url("https://host/cities.parquet".to_owned());
    engine
        .open_files(Some("cities".to_owned()), vec![url])
        .await
        .expect("opens");
    store.take_asked();
    let (rows, _) = run(
        &engine,
        "SELECT count(*) AS n FROM cities WHERE city = 'city 777'",
        None,
    )
    .await
    .expect("runs");
    assert!(rows.contains("| 0 |"), "{rows}");
    let asked = store.take_asked();
    assert_eq!(
        asked.len(),
        1,
        "ten filters, side by side, and no data: {asked:?}"
    );
}

#[tokio::test]
async fn giving_up_a_query_gives_up_what_is_fetched_ahead_for_it() {
    let (mut held, query) = Held::of(lake(&[(0, 5_000)]), "SELECT sum(value) FROM trips").await;
    assert!(!held.names(Urgency::Ahead).is_empty());
    query.abort();
    for request in &mut held.held {
        request.reply.cancellation().await;
        assert!(request.reply.is_canceled());
    }
}
