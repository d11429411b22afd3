//! Differences for people.

use catalog::{CheckStatus, ValueCount};
use comfy_table::Cell;

use super::Pair;
use super::column::ColumnDiff;
use super::compare::{Side, SnapshotDiff, TableSize};
use super::table::{CheckChange, CheckOutcome, TableDiff};
use crate::print;
use crate::show::shown;

/// Values that are listed of those that came or went.
const LISTED_VALUES: usize = 3;

/// Prints what differs; with `all` also what does not.
pub(super) fn show(diff: &SnapshotDiff, all: bool) {
    print::out(format!("{} -> {}", side(&diff.before), side(&diff.after)));
    if !diff.differs() {
        print::out("nothing differs");
    }
    let size = |table: &TableSize| {
        format!(
            "{} ({}, {})",
            table.table,
            print::counted(table.rows, "row"),
            print::bytes(table.bytes)
        )
    };
    for (verb, tables) in [("added", &diff.added), ("removed", &diff.removed)] {
        for table in tables {
            print::out(format!("{verb}: {}", size(table)));
        }
    }
    if all && !diff.unchanged.is_empty() {
        print::out(format!("unchanged: {}", diff.unchanged.join(", ")));
    }
    for table in &diff.changed {
        show_table(table, all);
    }
}

fn side(side: &Side) -> String {
    format!("{} {} of {}", side.target, side.snapshot_id, side.published_at)
}

fn show_table(table: &TableDiff, all: bool) {
    let rows = if table.rows.differs() {
        format!(
            "{} -> {} rows",
            print::thousands(table.rows.before),
            print::thousands(table.rows.after)
        )
    } else {
        print::counted(table.rows.after, "row")
    };
    let (before, after) = (print::bytes(table.bytes.before), print::bytes(table.bytes.after));
    let bytes = if before == after {
        after
    } else {
        format!("{before} -> {after}")
    };
    let files = table.files;
    print::out(format!(
        "\nchanged: {} ({rows}, {bytes}, files: {} new, {} gone, {} kept)",
        table.table, files.added, files.removed, files.kept
    ));
    for line in table.schema.lines() {
        print::out(format!("  {line}"));
    }
    for change in &table.properties {
        let text = |text: &str| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                format!("\"{text}\"")
            }
        };
        print::out(format!(
            "  {}: {} -> {}",
            change.property,
            text(&change.text.before),
            text(&change.text.after)
        ));
    }
    if table.sql_changed {
        print::out("  is made by other SQL");
    }
    for check in &table.checks {
        print::out(format!("  {}", check_line(check)));
    }
    show_columns(&table.columns, all);
}

fn check_line(change: &CheckChange) -> String {
    let word = |outcome: Option<CheckOutcome>| match outcome {
        None => "not run".to_owned(),
        Some(outcome) => match outcome.status {
            CheckStatus::Passed => "passed".to_owned(),
            CheckStatus::Failed => format!("failed by {}", print::counted(outcome.failing_rows, "row")),
        },
    };
    format!(
        "check {}: {} -> {}",
        change.check,
        word(change.outcome.before),
        word(change.outcome.after)
    )
}

fn show_columns(columns: &[ColumnDiff], all: bool) {
    let told: Vec<&ColumnDiff> = columns.iter().filter(|column| all || column.differs()).collect();
    if told.is_empty() {
        return;
    }
    let mut table = print::table(&[
        "column", "nulls", "distinct", "min", "max", "came", "went", "drift",
    ]);
    for column in told {
        let drift = column
            .drift
            .map(|drift| format!("{:.2} {}", drift.psi, drift.verdict.word()));
        let cells: [String; 8] = [
            column.column.clone(),
            pair(&column.null_share, all, |share| {
                share.map(|share| format!("{:.2}%", share * 100.0))
            }),
            pair(&column.distinct, all, |count| count.map(print::thousands)),
            pair(&column.min, all, |value| Some(shown(value.as_ref()))),
            pair(&column.max, all, |value| Some(shown(value.as_ref()))),
            values(&column.came),
            values(&column.went),
            drift.unwrap_or_default(),
        ];
        table.add_row(cells.map(Cell::new));
    }
    print::out(table);
}

/// `a -> b`; nothing where both are the same, unless all is wanted.
fn pair<T: PartialEq>(pair: &Pair<T>, all: bool, text: impl Fn(&T) -> Option<String>) -> String {
    let text = |value| {
        let text: Option<String> = text(value);
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| "none".to_owned())
    };
    match (pair.differs(), all) {
        (true, _) => format!("{}\n-> {}", text(&pair.before), text(&pair.after)),
        (false, true) => text(&pair.after),
        (false, false) => String::new(),
    }
}

/// The most frequent of them, one a line.
fn values(values: &[ValueCount]) -> String {
    let mut lines: Vec<String> = values
        .iter()
        .take(LISTED_VALUES)
        .map(|top| format!("{} ({})", shown(Some(&top.value)), print::thousands(top.count)))
        .collect();
    if values.len() > LISTED_VALUES {
        lines.push(format!("and {} more", values.len() - LISTED_VALUES));
    }
    lines.join("\n")
}
