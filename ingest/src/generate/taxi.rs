//! Taxi trips, computed row by row from a seed.
//!
//! Entry point: [`sample`].

use catalog::Role;

use super::sample::{Described, Sample};
use crate::engine::sql;

/// Beyond some trillions rounding would break the order of rows.
pub(super) const MAX_ROWS: u64 = 10_000_000_000;

const ROWS: &str = include_str!("taxi.sql");
const DISTRICTS: [&str; 13] = [
    "Abbey", "Bridge", "Canal", "Dock", "East", "Forge", "Garden", "Harbour", "Island", "Market", "North",
    "Old Town", "Station",
];
const ZONES: u32 = 262;
const COLUMNS: [Described; 12] = [
    described("trip_id", Some(Role::Dimension), "Number of the trip."),
    described("vendor", None, "Who ran the taxi."),
    described("pickup_at", None, "When the trip began, UTC."),
    described("dropoff_at", None, "When the trip ended, UTC."),
    described("pickup_zone", None, "Where the trip began."),
    described("dropoff_zone", None, "Where the trip ended."),
    Described {
        nullable: true,
        ..described(
            "passenger_count",
            Some(Role::Dimension),
            "Passengers as the driver noted them.",
        )
    },
    described("distance_km", None, "Distance driven."),
    described("payment", None, "How the trip was paid."),
    described("fare", None, "Price by time and distance."),
    described("tip", None, "Tip, where it was paid by card or app."),
    described("total", None, "What the passengers paid."),
];

const fn described(name: &'static str, role: Option<Role>, text: &'static str) -> Described {
    Described {
        name,
        role,
        nullable: false,
        text,
    }
}

/// The trips of one year.
pub(super) fn sample(rows: u64, seed: u64) -> Sample {
    let select = ROWS
        .replace("{rows}", &rows.to_string())
        .replace("{seed}", &seed.to_string());
    Sample {
        text: format!("Invented taxi trips of one year, seed {seed}."),
        macros: macros(seed),
        select,
        columns: &COLUMNS,
        sorted_by: Some("pickup_at"),
    }
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
