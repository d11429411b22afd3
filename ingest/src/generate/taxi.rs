//! Taxi trips, computed row by row from a seed.
//!
//! Invariant: rows are computed as they are written, in their order, and never held as a table: memory does not
//! grow with their number.
//!
//! Entry point: [`make`].

use std::collections::BTreeMap;
use std::path::Path;

use catalog::{Column, ColumnStatistics, Lineage, Role, SortKey, TableManifest};

use crate::engine::{Engine, sql};
use crate::gold::{self, Description, FILE_BYTES, GoldError, Layout, ROW_GROUP_ROWS};
use crate::publish::GoldTable;

/// Beyond some trillions rounding would break the order of rows.
pub(super) const MAX_ROWS: u64 = 10_000_000_000;

const ROWS: &str = include_str!("taxi.sql");
const MADE_HERE: &str = "-- Made by `ingest generate taxi";
const DISTRICTS: [&str; 13] = [
    "Abbey", "Bridge", "Canal", "Dock", "East", "Forge", "Garden", "Harbour", "Island", "Market", "North",
    "Old Town", "Station",
];
const ZONES: u32 = 262;
const DESCRIBED: [(&str, Option<Role>, &str); 12] = [
    ("trip_id", Some(Role::Dimension), "Number of the trip."),
    ("vendor", None, "Who ran the taxi."),
    ("pickup_at", None, "When the trip began, UTC."),
    ("dropoff_at", None, "When the trip ended, UTC."),
    ("pickup_zone", None, "Where the trip began."),
    ("dropoff_zone", None, "Where the trip ended."),
    (
        "passenger_count",
        Some(Role::Dimension),
        "Passengers as the driver noted them.",
    ),
    ("distance_km", None, "Distance driven."),
    ("payment", None, "How the trip was paid."),
    ("fare", None, "Price by time and distance."),
    ("tip", None, "Tip, where it was paid by card or app."),
    ("total", None, "What the passengers paid."),
];

/// Writes the trips into files in the folder and describes them.
pub(super) fn make(
    engine: &Engine,
    name: &str,
    rows: u64,
    seed: u64,
    folder: &Path,
) -> Result<GoldTable, GoldError> {
    std::fs::create_dir_all(folder).map_err(|cause| GoldError::Io {
        path: folder.to_owned(),
        cause,
    })?;
    let select = ROWS
        .replace("{rows}", &rows.to_string())
        .replace("{seed}", &seed.to_string());
    engine.execute(&macros(seed))?;
    let columns = columns(engine, &select)?;
    let sort_keys = vec![SortKey {
        column: "pickup_at".to_owned(),
        descending: false,
    }];
    let layout = Layout {
        row_group_rows: ROW_GROUP_ROWS,
        file_bytes: FILE_BYTES,
        sort_keys: &sort_keys,
        partition_by: &[],
        bloom: &[],
    };
    let written = gold::write(engine, &select, &columns, layout, folder)?;
    let description = Description {
        text: Some(format!("Invented taxi trips of one year, seed {seed}.")),
        sort_keys,
        lineage: Lineage {
            sql: Some(select),
            ..Lineage::default()
        },
        ..Description::default()
    };
    let entries = written.files.iter().map(|file| file.entry(name)).collect();
    let manifest = gold::describe(name, columns, entries, &written.sketch, description);
    Ok(GoldTable {
        manifest,
        files: written.files,
        documents: BTreeMap::new(),
        state: None,
        base: None,
    })
}

/// Whether a table comes from here.
pub(super) fn is_made_here(manifest: &TableManifest) -> bool {
    let sql = manifest.lineage.sql.as_deref();
    sql.is_some_and(|sql| sql.starts_with(MADE_HERE))
}

/// `draw(i, k)`, the k-th random number of row i, at least 0 and below 1; `zone(x)`, the zone that it stands for.
fn macros(seed: u64) -> String {
    format!(
        "CREATE MACRO draw(i, k) AS (hash(xor(i * 16 + k, {})) >> 11)::DOUBLE / 9007199254740992;
         CREATE MACRO zone(x) AS {}[floor(x * {ZONES})::INTEGER % {} + 1] || ' ' || (floor(x * {ZONES})::INTEGER // {} + 1);",
        scrambled(seed),
        sql::texts(&DISTRICTS),
        DISTRICTS.len(),
        DISTRICTS.len()
    )
}

/// Seeds that differ by one differ in all bits (the finaliser of SplitMix64). Fits a BIGINT.
fn scrambled(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) >> 1
}

fn columns(engine: &Engine, select: &str) -> Result<Vec<Column>, GoldError> {
    let described = engine.describe(select)?;
    let columns = gold::columns_of(&described)?;
    Ok((1..)
        .zip(columns)
        .zip(DESCRIBED)
        .map(|((field_id, column), (name, role, text))| Column {
            field_id,
            original_name: None,
            nullable: name == "passenger_count",
            role: role.unwrap_or_else(|| column.column_type.default_role()),
            description: Some(text.to_owned()),
            name: column.name,
            column_type: column.column_type,
            statistics: ColumnStatistics::default(),
        })
        .collect())
}
