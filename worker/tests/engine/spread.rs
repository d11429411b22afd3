//! A statement by several workers gives what one worker gives.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use futures::channel::mpsc;
use protocol::{Failure, FailureKind, PlanNode, QuerySummary};
use worker::engine::Engine;
use worker::io::Counters;
use worker::query::{Outgoing, Statement};

use crate::pool::{doomed_pool, pool};
use crate::support::{Store, lake, places, rows_of, run, text_of};

/// Large enough to be spread, in two files and many row groups.
fn large_lake() -> Store {
    lake(&[(0, 200_000), (200_000, 100_500)])
}

/// Every shape of plan that a stage can have, and some that it cannot.
const STATEMENTS: &[&str] = &[
    "SELECT city, count(*) AS n, sum(value) AS s FROM trips GROUP BY city ORDER BY city",
    "SELECT city, avg(value) AS a, min(id) AS lo, max(id) AS hi FROM trips WHERE value > 500 GROUP BY city ORDER BY city",
    "SELECT city, count(DISTINCT value) AS n FROM trips GROUP BY city ORDER BY city",
    "SELECT count(DISTINCT value) AS v, count(DISTINCT city) AS c, sum(value) AS s FROM trips",
    "SELECT approx_distinct(value) AS v FROM trips",
    "SELECT city, median(value) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY value) AS p FROM trips GROUP BY city ORDER BY city",
    "SELECT city, stddev(value) AS s, corr(id, value) AS c FROM trips GROUP BY city ORDER BY city",
    "SELECT count(*) AS n FROM trips WHERE value = 7",
    "SELECT count(*) AS n, sum(id) AS s FROM trips WHERE value = -1",
    "SELECT city, count(*) AS n FROM trips GROUP BY city HAVING count(*) > 42950 ORDER BY n DESC, city LIMIT 3",
    "SELECT city, value % 10 AS d, count(*) AS n FROM trips GROUP BY GROUPING SETS ((city), (value % 10), ()) ORDER BY city, d",
    "SELECT count(*) FILTER (WHERE value > 100) AS n, sum(value) FILTER (WHERE city = 'city 3') AS s FROM trips",
    "SELECT id, city FROM trips ORDER BY value DESC, id LIMIT 7",
    "SELECT id FROM trips WHERE city = 'city 2' ORDER BY value, id DESC LIMIT 5 OFFSET 3",
    "SELECT id, value FROM trips WHERE value < 3 ORDER BY id",
    "SELECT id, value FROM trips WHERE value = 11",
    "SELECT * FROM trips WHERE id BETWEEN 199990 AND 200010",
    "SELECT id FROM trips LIMIT 3",
    "SELECT id FROM trips WHERE city = 'city 5' LIMIT 3",
    "SELECT DISTINCT city FROM trips ORDER BY city",
    "SELECT t.city, count(*) AS n FROM trips t JOIN (VALUES ('city 1', 'a'), ('city 2', 'b')) AS d(city, x) ON t.city = d.city GROUP BY t.city ORDER BY t.city",
    "SELECT a.city, sum(b.value) AS s FROM trips a JOIN trips b ON a.id = b.value WHERE a.id < 2000 GROUP BY a.city ORDER BY a.city",
    "SELECT count(*) AS n FROM trips WHERE value IN (SELECT id FROM trips WHERE id < 10)",
    "SELECT count(*) AS n FROM trips WHERE value NOT IN (SELECT id FROM trips WHERE id < 10)",
    "SELECT l.city, count(r.id) AS n FROM (SELECT DISTINCT city FROM trips) l LEFT JOIN trips r ON l.city = r.city AND r.value < 5 GROUP BY l.city ORDER BY l.city",
    "SELECT city, n FROM (SELECT city, count(*) AS n FROM trips GROUP BY city UNION ALL SELECT 'all', count(*) FROM trips) ORDER BY city",
    "SELECT sum(v) AS s FROM (SELECT value AS v FROM trips UNION ALL SELECT id FROM trips)",
    "SELECT id, row_number() OVER (PARTITION BY city ORDER BY value, id) AS r FROM trips WHERE value < 2 ORDER BY id",
    "SELECT count(*) AS n FROM trips WHERE value > (SELECT avg(value) FROM trips)",
    "WITH c AS (SELECT city, max(value) AS m FROM trips GROUP BY city) SELECT count(*) AS n FROM trips JOIN c ON trips.city = c.city AND trips.value = c.m",
    "SELECT count(*) AS n FROM trips a CROSS JOIN (SELECT DISTINCT city FROM trips) b WHERE a.value < 20",
    "SELECT city, string_agg(CAST(id AS VARCHAR), ',' ORDER BY id) AS ids FROM trips WHERE value = 3 GROUP BY city ORDER BY city",
    "SELECT city, first_value(id ORDER BY value, id) AS f FROM trips GROUP BY city ORDER BY city",
    "SELECT max(now() - now()) AS d, count(*) AS n FROM trips WHERE value >= 0",
    "SELECT unnest([value, id]) AS u FROM trips WHERE id < 2 ORDER BY u",
];

#[tokio::test]
async fn one_two_and_four_workers_give_the_same() {
    let store = large_lake();
    let one = pool(&store, 1);
    one.open_lake().await.expect("opens");
    for workers in [2, 4] {
        let many = pool(&store, workers);
        many.open_lake().await.expect("opens");
        for sql in STATEMENTS {
            let (alone, _) = run(&one, sql, None).await.expect(sql);
            let (together, _) = run(&many, sql, None).await.expect(sql);
            assert_eq!(rounded(&together), rounded(&alone), "{workers} workers: {sql}");
        }
    }
}

#[tokio::test]
async fn every_row_group_has_its_home_and_is_fetched_by_nobody_else() {
    let store = large_lake();
    let lead = pool(&store, 3);
    lead.open_lake().await.expect("opens");
    let (_, first) = run(&lead, "SELECT sum(value) AS s FROM trips", None)
        .await
        .expect("runs");
    assert_eq!(first.stats.workers, 3);
    let asked = store.take_asked();
    let data: Vec<_> = asked
        .iter()
        .zip(places(&store, &asked))
        .filter(|(_, place)| place.contains("value"))
        .collect();
    let distinct: BTreeSet<_> = data
        .iter()
        .map(|((key, range), _)| (key, range.as_ref().map(|range| range.start)))
        .collect();
    assert!(data.len() > 10);
    assert_eq!(data.len(), distinct.len(), "fetched once");
    // Another question about the column finds it where it was read.
    let (_, second) = run(&lead, "SELECT avg(value) AS a FROM trips WHERE value > 3", None)
        .await
        .expect("runs");
    assert_eq!(second.stats.bytes_fetched, 0);
    assert_eq!(store.take_asked(), vec![]);
}

#[tokio::test]
async fn a_small_table_is_left_to_the_lead() {
    let store = lake(&[(0, 3_000)]);
    let lead = pool(&store, 2);
    lead.open_lake().await.expect("opens");
    let (_, summary) = run(&lead, "SELECT city, count(*) FROM trips GROUP BY city", None)
        .await
        .expect("runs");
    assert_eq!(summary.stats.workers, 1);
}

#[tokio::test]
async fn the_plan_says_what_goes_to_all_workers() {
    let store = large_lake();
    let lead = pool(&store, 2);
    lead.open_lake().await.expect("opens");
    let explain = |sql: &str| format!("EXPLAIN {sql}");
    let (plan, _) = run(&lead, &explain(STATEMENTS[0]), None).await.expect("runs");
    let at = |operator: &str| {
        plan.find(operator)
            .unwrap_or_else(|| panic!("{operator} in {plan}"))
    };
    assert!(at("mode=Final") < at("GatherExec: stage=0, workers=2"));
    assert!(at("GatherExec") < at("mode=Partial"));
    let (plan, _) = run(&lead, &explain("SELECT id FROM trips LIMIT 3"), None)
        .await
        .expect("runs");
    assert!(!plan.contains("GatherExec"), "{plan}");
}

#[tokio::test]
async fn a_plan_that_ran_says_what_each_worker_did() {
    let store = large_lake();
    let lead = pool(&store, 2);
    lead.open_lake().await.expect("opens");
    let statement = Statement {
        sql: STATEMENTS[0].to_owned(),
        with_plan: true,
        ..Statement::default()
    };
    let (_, summary) = ask(&lead, statement).await.expect("runs");
    let plan = summary.plan.expect("was asked for");
    let scan = leaf(&plan);
    assert_eq!(scan.operator, "GoldScan");
    let rows: Vec<_> = scan.work.iter().map(|work| (work.worker, work.rows)).collect();
    // 301 row groups: the last one has 500 rows and is the lead's.
    assert_eq!(rows, [(0, 150_500), (1, 150_000)]);
}

#[tokio::test]
async fn a_peer_that_is_lost_costs_nothing_but_time() {
    let store = large_lake();
    let asked = Arc::new(Mutex::new(0));
    let fate = {
        let asked = Arc::clone(&asked);
        Arc::new(move |_, _: &_| {
            *asked.lock().expect("lock") += 1;
            Some(Failure::worker_lost("it was killed"))
        })
    };
    let lead = doomed_pool(&store, 2, fate);
    lead.open_lake().await.expect("opens");
    let alone = pool(&store, 1);
    alone.open_lake().await.expect("opens");
    let (rows, summary) = run(&lead, STATEMENTS[0], None).await.expect("runs");
    assert_eq!(rows, run(&alone, STATEMENTS[0], None).await.expect("runs").0);
    assert_eq!((summary.stats.workers, *asked.lock().expect("lock")), (1, 1));
}

#[tokio::test]
async fn what_is_wrong_at_a_peer_fails_the_query() {
    let store = large_lake();
    let fate = Arc::new(|_, _: &_| Some(Failure::new(FailureKind::OutOfMemory, "too much")));
    let lead = doomed_pool(&store, 2, fate);
    lead.open_lake().await.expect("opens");
    let failure = run(&lead, STATEMENTS[0], None).await.expect_err("fails");
    assert_eq!(failure.kind, FailureKind::OutOfMemory);
}

#[tokio::test]
async fn peers_get_to_know_tables_that_were_opened_ad_hoc() {
    let store = large_lake();
    let lead = pool(&store, 2);
    let files = ["tables/trips/0.parquet", "tables/trips/1.parquet"];
    let origins = files
        .map(|file| worker::io::Origin::Url(file.to_owned()))
        .to_vec();
    lead.open_files(Some("local".to_owned()), origins)
        .await
        .expect("opens");
    let (rows, summary) = run(
        &lead,
        "SELECT count(*) AS n, sum(value) AS s FROM local WHERE value > 0",
        None,
    )
    .await
    .expect("runs");
    assert_eq!(summary.stats.workers, 2);
    let sum: i64 = (0..300_500).map(|id| id * 31 % 1_009).sum();
    assert!(rows.contains(&sum.to_string()), "{rows}");
}

#[tokio::test]
async fn an_answer_comes_bit_by_bit_and_ends_exact() {
    let store = large_lake();
    for workers in [1, 2] {
        let lead = pool(&store, workers);
        lead.open_lake().await.expect("opens");
        let sql = "SELECT city, count(*) AS n FROM trips WHERE value >= 0 GROUP BY city ORDER BY city";
        let statement = Statement {
            sql: sql.to_owned(),
            partials_ms: Some(0),
            ..Statement::default()
        };
        let (outgoing, _) = ask(&lead, statement).await.expect("runs");
        let mut counted = Vec::new();
        let mut shares = Vec::new();
        for out in &outgoing {
            if let Outgoing::Partial(seen, payload) = out {
                let rows = rows_of(payload);
                counted.push(
                    rows.iter()
                        .map(|row| row[1].parse::<u64>().expect("a count"))
                        .sum::<u64>(),
                );
                shares.push((seen.rows, seen.rows_total));
            }
        }
        assert!(counted.len() > 3, "{counted:?}");
        assert!(counted.is_sorted(), "{counted:?}");
        assert!(counted[0] < 300_500);
        assert!(shares.iter().all(|(rows, total)| rows <= total), "{shares:?}");
        let answer: Vec<_> = outgoing
            .iter()
            .filter_map(|out| match out {
                Outgoing::Batch(batch) => Some(batch.payload.clone()),
                Outgoing::Partial(..) => None,
            })
            .collect();
        let (alone, _) = run(&pool_of_one(&store).await, sql, None).await.expect("runs");
        assert_eq!(text_of(&answer), alone);
    }
}

/// Sums of floats depend on the order of their terms: twelve digits of them do not.
fn rounded(table: &str) -> String {
    let words = table.split_whitespace().map(|word| match word.parse::<f64>() {
        Ok(number) if word.contains('.') => format!("{number:.11e}"),
        _ if word.starts_with('+') => String::new(),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

async fn pool_of_one(store: &Store) -> Engine {
    let engine = pool(store, 1);
    engine.open_lake().await.expect("opens");
    engine
}

async fn ask(engine: &Engine, statement: Statement) -> Result<(Vec<Outgoing>, QuerySummary), Failure> {
    let (sink, outgoing) = mpsc::channel(1);
    let query = tokio::spawn(engine.query(statement, Arc::new(Counters::default()), sink));
    let outgoing = outgoing.collect().await;
    Ok((outgoing, query.await.expect("does not panic")?))
}

fn leaf(plan: &PlanNode) -> &PlanNode {
    plan.inputs.first().map_or(plan, leaf)
}
