//! What was measured, as rows of a Markdown table.
//!
//! Entry points: [`Figure`], [`table`], [`median`].

use std::time::Duration;

/// A row of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figure {
    /// What was done, to how much.
    pub what: String,
    /// What it took.
    pub measured: String,
    /// What it should take; empty where nothing was promised.
    pub goal: String,
    /// To the goal, or of `ingest` to DuckDB.
    pub ratio: Option<f64>,
}

impl Figure {
    /// A part that could not be measured.
    pub fn absent(part: &str) -> Self {
        Self {
            what: part.to_owned(),
            measured: "not measured".to_owned(),
            ..Self::default()
        }
    }
}

/// The table, with a line feed at its end.
pub fn table(figures: &[Figure]) -> String {
    let mut table = "| what | measured | goal | ratio |\n| --- | --- | --- | --- |\n".to_owned();
    for figure in figures {
        let ratio = figure
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let cells = [&figure.what, &figure.measured, &figure.goal, &ratio];
        table.extend(cells.map(|cell| format!("| {cell} ")));
        table.push_str("|\n");
    }
    table
}

/// The one in the middle, of an even number the greater one of the two; the default of none.
pub fn median<T: Ord + Copy + Default>(values: impl IntoIterator<Item = T>) -> T {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How many times the second the first is.
pub fn ratio(measured: Duration, other: Duration) -> f64 {
    measured.as_secs_f64() / other.as_secs_f64()
}

/// `12 ms`, `1.34 s`, `143.8 s`.
pub fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 10.0 => format!("{seconds:.2} s"),
        seconds => format!("{seconds:.1} s"),
    }
}

/// `810 MiB`: memory.
pub fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// `454.7 MB`: files.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// `20,000,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_goal_and_ratio_leaves_its_cells_empty() {
        let copy = Figure {
            what: "`COPY`".to_owned(),
            measured: "2.00 s".to_owned(),
            goal: "at most 1.3".to_owned(),
            ratio: Some(1.256),
        };
        assert_eq!(
            table(&[copy, Figure::absent("memory")]),
            "| what | measured | goal | ratio |\n| --- | --- | --- | --- |\n\
             | `COPY` | 2.00 s | at most 1.3 | 1.26 |\n| memory | not measured |  |  |\n"
        );
    }

    #[test]
    fn one_slow_run_does_not_move_the_median() {
        assert_eq!(median([900, 10, 12]), 12);
        assert_eq!(median([1, 2]), 2);
        assert_eq!(median::<u64>([]), 0);
    }

    #[test]
    fn quantities_read_well_at_each_scale() {
        assert_eq!(time(Duration::from_micros(41_600)), "42 ms");
        assert_eq!(time(Duration::from_millis(1_336)), "1.34 s");
        assert_eq!(time(Duration::from_millis(143_780)), "143.8 s");
        assert_eq!(
            [count(0), count(999), count(20_000_000)],
            ["0", "999", "20,000,000"]
        );
        assert_eq!(
            (mebibytes(810_016_768), megabytes(454_680_000)),
            ("772 MiB".to_owned(), "454.7 MB".to_owned())
        );
    }
}
