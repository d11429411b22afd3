//! `ingest query` over objects that a statement names, without a project.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::request::Parts;
use ingest::engine::{Engine, Resources};
use tokio::sync::Barrier;

use crate::fixture::{Running, Workspace, serve_buckets};
use crate::proxy::Proxy;

pub const PROJECT: &str = "gold = \"s3://lake/gold\"";
/// Rows of the large object, in row groups of [`GROUP`].
const ROWS: usize = 200_000;
const GROUP: usize = 20_000;

/// Two columns that hardly compress, one that does, and a record.
fn trips(folder: &Path, from: usize, rows: usize) -> Vec<u8> {
    let path = folder.join("trips.parquet");
    let engine = Engine::open(folder, &Resources::default()).unwrap();
    engine
        .execute(&format!(
            "COPY (SELECT i AS id, hash(i) AS noise, hash(i * 7) AS \"More Noise\", i % 10 AS zone, {{'p': i, 'q': 'x'}} AS r \
             FROM range({from}, {from} + {rows}) AS s(i)) TO '{}' (FORMAT parquet, ROW_GROUP_SIZE {GROUP})",
            path.display()
        ))
        .unwrap();
    std::fs::read(&path).unwrap()
}

/// In a folder, which need not be a project.
pub async fn query(running: &Running, folder: &Path, arguments: &[&str]) -> Output {
    running.ingest(folder, &[&["query"], arguments].concat()).await
}

/// The rows as JSON lines, and the bytes that were read for them.
pub async fn rows(running: &Running, folder: &Path, sql: &str, more: &[&str]) -> (Vec<String>, u64) {
    let mut arguments = vec!["--format", "json", "--sql", sql];
    arguments.extend(more);
    let output = query(running, folder, &arguments).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{sql}: {told}");
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(str::to_owned).collect(), bytes_in(&told))
}

/// `12 objects (3.4 MB) read`.
fn bytes_in(told: &str) -> u64 {
    let (number, rest) = told
        .rsplit_once('(')
        .and_then(|(_, rest)| rest.split_once(' '))
        .unwrap();
    let unit = match rest.split(')').next().unwrap() {
        "bytes" | "byte" | "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        other => panic!("{other} in {told}"),
    };
    (number.parse::<f64>().unwrap() * unit) as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_first_rows_are_read_by_ranges() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let folder = tempfile::tempdir().unwrap();
    let object = trips(folder.path(), 0, ROWS);
    let size = object.len() as u64;
    running.put("raw/Trips.parquet", object).await;
    let local = folder.path().join("trips.parquet");
    for (sql, share) in [
        ("SELECT count(*) AS n FROM {}", 0.1),
        (
            "SELECT zone, count(*) AS n FROM {} GROUP BY zone ORDER BY zone",
            0.1,
        ),
        ("SELECT * FROM {} LIMIT 1000", 0.2),
        ("SELECT \"More Noise\" FROM {} LIMIT 3 OFFSET 30000", 0.2),
        (
            "SELECT id, r.q FROM {} WHERE noise % 1000 = 7 ORDER BY id LIMIT 5",
            0.95,
        ),
        ("SELECT max(r.p) AS p FROM {} WHERE id = 77777", 0.6),
        (
            "SELECT count(*) AS n FROM {} a JOIN {} b ON a.id = b.id WHERE b.zone = 3",
            0.3,
        ),
    ] {
        let of = |place: &str| sql.replace("{}", &format!("'{place}'"));
        let (here, _) = rows(&running, folder.path(), &of(&local.to_string_lossy()), &[]).await;
        let (there, read) = rows(&running, folder.path(), &of("s3://lake/raw/Trips.parquet"), &[]).await;
        assert_eq!(there.len(), here.len(), "{sql}");
        assert_eq!(there, here, "{sql}");
        let bound = size as f64 * share;
        assert!((read as f64) < bound, "{sql}: {read} of {size} bytes");
    }
    // The cap of the command line is as good as one in the statement.
    let sql = "SELECT * FROM 's3://lake/raw/Trips.parquet'";
    let (some, read) = rows(&running, folder.path(), sql, &["--limit", "10"]).await;
    assert_eq!(some.len(), 10);
    assert!(read < size / 5, "{read} of {size} bytes");
    let (all, _) = rows(&running, folder.path(), sql, &[]).await;
    assert_eq!(all.len(), ROWS);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_objects_are_one_table_and_a_limit_goes_on_in_the_next() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let folder = tempfile::tempdir().unwrap();
    for part in 0..4 {
        let object = trips(folder.path(), part * 1000, 1000);
        running.put(&format!("raw/part-{part}.parquet"), object).await;
    }
    running.put("raw/names.csv", "zone,name\n1,Abbey\n2,Dock\n").await;
    let all = "'s3://lake/raw/part-*.parquet'";
    let (sum, _) = rows(
        &running,
        folder.path(),
        &format!("SELECT sum(id)::BIGINT AS s FROM {all}"),
        &[],
    )
    .await;
    assert_eq!(sum, ["{\"s\":7998000}"]);
    let (some, _) = rows(
        &running,
        folder.path(),
        &format!("SELECT id FROM {all} LIMIT 2500"),
        &[],
    )
    .await;
    assert_eq!(some.len(), 2500);
    let joined = format!(
        "SELECT name, count(*) AS n FROM {all} JOIN 's3://lake/raw/names.csv' USING (zone) GROUP BY 1 ORDER BY 1"
    );
    let (joined, _) = rows(&running, folder.path(), &joined, &[]).await;
    assert_eq!(
        joined,
        ["{\"name\":\"Abbey\",\"n\":400}", "{\"name\":\"Dock\",\"n\":400}"]
    );
    // Of files that are not read, the columns are there all the same.
    let later = "COPY (SELECT 9 AS id, 'late' AS extra) TO 'later.parquet'";
    let engine = Engine::open(folder.path(), &Resources::default()).unwrap();
    let path = folder.path().join("later.parquet");
    engine
        .execute(&later.replace("later.parquet", &path.to_string_lossy()))
        .unwrap();
    running
        .put("raw/part-9.parquet", std::fs::read(path).unwrap())
        .await;
    let (extra, _) = rows(
        &running,
        folder.path(),
        &format!("SELECT id, extra FROM {all} LIMIT 1"),
        &[],
    )
    .await;
    assert_eq!(extra, ["{\"id\":0,\"extra\":null}"]);
    // From one object to another, and no table of a project is needed for it.
    let copy = [
        "--sql",
        "SELECT * FROM 's3://lake/raw/part-1.parquet' LIMIT 10",
        "--output",
        "s3://lake/out/ten.parquet",
    ];
    let output = query(&running, folder.path(), &copy).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (copied, _) = rows(
        &running,
        folder.path(),
        "SELECT count(*) AS n FROM 's3://lake/out/ten.parquet'",
        &[],
    )
    .await;
    assert_eq!(copied, ["{\"n\":10}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_of_an_address_are_columns_as_those_of_a_path_are() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let here = workspace.folder.path();
    for (year, from) in [(2001, 0), (2002, 5_000)] {
        let content = trips(here, from, 1_000);
        let folder = format!("parts/year={year}/region=so%2Futh");
        workspace.write(&format!("{folder}/a.parquet"), &content);
        running.put(&format!("{folder}/a.parquet"), content).await;
        running.put(&format!("{folder}/a.csv"), "n\n1\n2\n").await;
        workspace.write(&format!("{folder}/a.csv"), b"n\n1\n2\n");
    }
    for (path, sql) in [
        (
            "parts/**/*.parquet",
            "SELECT year, region, min(id) AS first FROM '{}' GROUP BY ALL ORDER BY ALL",
        ),
        (
            "parts/*/*/a.parquet",
            "SELECT count(*) AS n FROM '{}' WHERE year > 2001",
        ),
        (
            "parts/**/*.csv",
            "SELECT year, region, sum(n)::INTEGER AS n FROM '{}' GROUP BY ALL ORDER BY ALL",
        ),
    ] {
        let local = sql.replace("{}", path);
        let (expected, _) = rows(&running, here, &local, &[]).await;
        let remote = sql.replace("{}", &format!("s3://lake/{path}"));
        let (found, _) = rows(&running, here, &remote, &[]).await;
        assert!(
            !expected.is_empty() && found == expected,
            "{remote}: {found:?}, {expected:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_objects_are_fetched_side_by_side() {
    let workspace = Workspace::with_target(PROJECT);
    let mut running = serve_buckets(&workspace).await;
    let folder = tempfile::tempdir().unwrap();
    for part in 0..4 {
        // Larger than what is read with a footer, so that this does not begin with the first column.
        let object = trips(folder.path(), part * GROUP, GROUP);
        running.put(&format!("raw/part-{part}.parquet"), object).await;
    }
    // Requests for the first column wait for those of all other objects, and not for ever.
    let waiting = Arc::new(Barrier::new(4));
    let alone = Arc::new(AtomicUsize::new(0));
    let seen = alone.clone();
    let hold = move |head: Parts| {
        let (waiting, alone) = (waiting.clone(), seen.clone());
        async move {
            let range = head.headers.get("range").and_then(|range| range.to_str().ok());
            if range.is_some_and(|range| range.starts_with("bytes=4-")) {
                let met = tokio::time::timeout(Duration::from_secs(60), waiting.wait()).await;
                alone.fetch_add(usize::from(met.is_err()), Ordering::Relaxed);
            }
            None
        }
    };
    let store = std::mem::take(&mut running.store);
    running.store = Proxy::answering(&store, hold).await.address;
    let sql = "SELECT count(id) AS n, max(id) AS last FROM 's3://lake/raw/part-*.parquet'";
    let (counted, _) = rows(&running, folder.path(), sql, &[]).await;
    assert_eq!(
        counted,
        [format!("{{\"n\":{},\"last\":{}}}", 4 * GROUP, 4 * GROUP - 1)]
    );
    assert_eq!(alone.load(Ordering::Relaxed), 0, "one waited for another to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let folder = tempfile::tempdir().unwrap();
    let mut damaged = trips(folder.path(), 0, 1000);
    let end = damaged.len();
    damaged[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    running.put("raw/damaged.parquet", damaged).await;
    running.put("raw/rows.arrow", "ARROW1").await;
    running.put("raw/book.xlsx", "PK").await;
    running.put("raw/text.parquet", "no Parquet at all").await;
    for (sql, words) in [
        ("FROM 's3://lake/raw/none.parquet'", "s3://lake/raw/none.parquet"),
        (
            "FROM 's3://lake/raw/none-*.parquet'",
            "no object matches s3://lake/raw/none-*.parquet",
        ),
        (
            "FROM 's3://lake/raw/text.parquet'",
            "s3://lake/raw/text.parquet: is no Parquet file",
        ),
        (
            "FROM 's3://lake/raw/damaged.parquet'",
            "s3://lake/raw/damaged.parquet: is damaged",
        ),
        ("FROM trips", "holds no ingest.toml"),
        ("FROM 's3://lake/raw/what'", "does not end as a format does"),
        (
            "FROM 's3://lake/raw/rows.arrow'",
            "s3://lake/raw/rows.arrow is of no format that is read here: name objects that end in .parquet",
        ),
        (
            "FROM 's3://lake/raw/book.xlsx'",
            "s3://lake/raw/book.xlsx is of no format that is read here",
        ),
    ] {
        let output = query(&running, folder.path(), &["--sql", sql]).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(words), "{sql}: {told}");
    }
}
