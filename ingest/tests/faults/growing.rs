//! Raw files that come one after the other, and incremental models that take them in.

use std::collections::BTreeMap;
use std::fs::File;

use catalog::{TableEntry, TableManifest};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::fixture::Project;
use crate::lake::Lake;

/// What a target's settings are followed by, so that there is a source of days.
pub const SOURCE: &str = "\n[sources.days]\npath = 'raw/*.csv'";

/// Ids that come with each day.
const NEW: i64 = 20;
/// Ids of the day before that come again.
const AGAIN: i64 = 5;

const EVENTS: &str =
    "/* @ingest\nmaterialized: incremental\ncluster_by: [day]\n*/\nSELECT id, day FROM source.days";
const LATEST: &str = "/* @ingest\nmaterialized: incremental\nunique_key: id\ncluster_by: [id]\n*/\n\
    SELECT id, day FROM source.days QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1";
const TOTAL: &str = "SELECT count(*) AS rows, sum(day)::BIGINT AS days FROM gold.events";

/// Id and day.
type Row = (i64, i64);

/// All tables: `events` appends, `latest` merges by id, `total` sums up `events`.
pub fn project() -> Project {
    project_at("gold = 'gold'")
}

/// All tables, at a target with these settings.
pub fn project_at(target: &str) -> Project {
    let project = Project::with_target(&format!("{target}{SOURCE}"));
    write_models(&project, &["events", "latest", "total"]);
    project
}

/// Only these tables.
pub fn write_models(project: &Project, tables: &[&str]) {
    std::fs::remove_dir_all(project.path("models")).expect("models");
    for (table, sql) in [("events", EVENTS), ("latest", LATEST), ("total", TOTAL)] {
        if tables.contains(&table) {
            project.write(&format!("models/gold/{table}.sql"), sql);
        }
    }
}

fn file_of(day: i64) -> String {
    format!("raw/{day:04}.csv")
}

fn rows_of(day: i64) -> Vec<Row> {
    let again = (day > 0).then(|| ((day - 1) * NEW..).take(AGAIN as usize));
    let new = day * NEW..(day + 1) * NEW;
    again
        .into_iter()
        .flatten()
        .chain(new)
        .map(|id| (id, day))
        .collect()
}

/// The raw file of a day arrives, whole at once. Days count from 0.
pub fn add_day(project: &Project, day: i64) {
    let rows: String = rows_of(day)
        .iter()
        .map(|(id, day)| format!("{id},{day}\n"))
        .collect();
    project.write("arriving.csv", &format!("id,day\n{rows}"));
    std::fs::create_dir_all(project.path("raw")).expect("folder");
    std::fs::rename(project.path("arriving.csv"), project.path(&file_of(day))).expect("arrives");
}

/// How many days readers see. Asserts that all tables have the rows of exactly these days, each of them once, and that
/// the states name exactly their files.
pub fn days_in(lake: &Lake) -> i64 {
    let days = days_by_table(lake);
    let first = days.values().next().copied().unwrap_or(0);
    assert!(days.values().all(|days| *days == first), "one snapshot: {days:?}");
    first
}

/// How many days readers see of each table. Asserts the same of each for itself.
pub fn days_by_table(lake: &Lake) -> BTreeMap<String, i64> {
    let tables = lake.catalog().map_or_else(Vec::new, |catalog| catalog.tables);
    let days = |entry: &TableEntry| {
        let manifest = lake.manifest(entry);
        let rows = rows_in(lake, &manifest);
        if entry.name == "total" {
            return total_of(&rows);
        }
        let files = lake.state(entry).inputs.remove("days").expect("the source");
        let days = files.len() as i64;
        let paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
        assert_eq!(
            paths,
            (0..days).map(file_of).collect::<Vec<_>>(),
            "{}",
            entry.name
        );
        assert_eq!(
            rows,
            expected(&entry.name, days),
            "rows of {days} days in {}",
            entry.name
        );
        days
    };
    let grow = tables
        .iter()
        .filter(|entry| ["events", "latest", "total"].contains(&entry.name.as_str()));
    grow.map(|entry| (entry.name.clone(), days(entry))).collect()
}

fn expected(table: &str, days: i64) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..days).flat_map(rows_of).collect();
    if table == "latest" {
        // Later days come later.
        rows = BTreeMap::from_iter(rows).into_iter().collect();
    }
    rows.sort_unstable();
    rows
}

fn total_of(rows: &[Row]) -> i64 {
    let total = |days| {
        let rows = expected("events", days);
        (rows.len() as i64, rows.iter().map(|(_, day)| day).sum())
    };
    let days = (1..1000).find(|days| *rows == [total(*days)]);
    days.unwrap_or_else(|| panic!("{rows:?} is the total of no number of days"))
}

/// What is in the data files, sorted.
fn rows_in(lake: &Lake, manifest: &TableManifest) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in &manifest.files {
        let opened = File::open(lake.0.join(&file.key)).expect("data file");
        let reader = SerializedFileReader::new(opened).expect("Parquet");
        let of_file = reader.get_row_iter(None).expect("rows").map(|row| {
            let values: Vec<i64> = row
                .expect("a row")
                .get_column_iter()
                .map(|(_, value)| value.to_string().parse().expect("a whole number"))
                .collect();
            (values[0], values[1])
        });
        rows.extend(of_file);
    }
    rows.sort_unstable();
    rows
}
