//! A slice: what the analyst's gestures add up to, and the SQL that it stands for.
//!
//! Invariant: every gesture is SQL that can be read, edited and shared; the page never computes an answer in
//! another way. A slice serialises to the link that restores it.
//!
//! Entry points: [`Slice::to_sql`], [`facet_sql`], [`histogram_sql`].

mod facet;
mod render;

use catalog::Scalar;
use serde::{Deserialize, Serialize};

pub use facet::{facet_sql, histogram_sql};

/// One table, filtered, and either grouped and measured or listed row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The table's name.
    #[serde(rename = "t")]
    pub table: String,
    /// All must hold.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Columns to group by; none together with no measure lists rows.
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<Grouping>,
    /// What is computed for each group.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// How result rows are sorted; without it by time where there is one, else by the first measure, descending.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Most result rows.
    #[serde(rename = "l", default = "Slice::default_limit")]
    pub limit: u32,
}

impl Slice {
    /// Result rows where nobody asked for more or fewer.
    pub const DEFAULT_LIMIT: u32 = 1_000;

    fn default_limit() -> u32 {
        Self::DEFAULT_LIMIT
    }

    /// All rows of a table.
    pub fn of(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            filters: Vec::new(),
            group_by: Vec::new(),
            measures: Vec::new(),
            order: None,
            limit: Self::DEFAULT_LIMIT,
        }
    }

    /// The filter on this column.
    pub fn filter(&self, column: &str) -> Option<&Filter> {
        self.filters.iter().find(|filter| filter.column() == column)
    }

    /// Puts this filter in the place of the one on the same column; one that lets all through is dropped.
    pub fn set_filter(&mut self, filter: Filter) {
        self.clear_filter(filter.column());
        if !filter.is_trivial() {
            self.filters.push(filter);
        }
    }

    /// Drops the filter on this column.
    pub fn clear_filter(&mut self, column: &str) {
        self.filters.retain(|filter| filter.column() != column);
    }

    /// Adds a value to the column's list, or takes it out: a click on a facet value (`exclude`: an alt-click).
    pub fn toggle_value(&mut self, column: &str, value: &Scalar, exclude: bool) {
        let mut values = match self.filter(column) {
            Some(Filter::Values {
                values, exclude: was, ..
            }) if *was == exclude => values.clone(),
            _ => Vec::new(),
        };
        match values.iter().position(|known| known == value) {
            Some(index) => {
                values.remove(index);
            }
            None => values.push(value.clone()),
        }
        self.set_filter(Filter::Values {
            column: column.to_owned(),
            values,
            exclude,
        });
    }
}

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    /// The value is (not) one of these; NULL is a value like any other.
    #[serde(rename = "v")]
    Values {
        /// The column.
        #[serde(rename = "c")]
        column: String,
        /// The values.
        #[serde(rename = "v")]
        values: Vec<Scalar>,
        /// Whether these are kept out.
        #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
        exclude: bool,
    },
    /// The value lies in a range: a brush on a histogram.
    #[serde(rename = "r")]
    Range {
        /// The column.
        #[serde(rename = "c")]
        column: String,
        /// Not below this.
        #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
        from: Option<Scalar>,
        /// Below this, or not above it when `closed`.
        #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
        to: Option<Scalar>,
        /// Whether `to` itself is in the range.
        #[serde(rename = "z", default, skip_serializing_if = "std::ops::Not::not")]
        closed: bool,
    },
    /// The text contains this, in any case.
    #[serde(rename = "s")]
    Contains {
        /// The column.
        #[serde(rename = "c")]
        column: String,
        /// What to look for.
        #[serde(rename = "v")]
        text: String,
    },
}

impl Filter {
    /// The column that it is on.
    pub fn column(&self) -> &str {
        match self {
            Self::Values { column, .. } | Self::Range { column, .. } | Self::Contains { column, .. } => {
                column
            }
        }
    }

    fn is_trivial(&self) -> bool {
        match self {
            Self::Values { values, .. } => values.is_empty(),
            Self::Range { from, to, .. } => from.is_none() && to.is_none(),
            Self::Contains { text, .. } => text.is_empty(),
        }
    }
}

/// A column to group by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grouping {
    /// The column.
    #[serde(rename = "c")]
    pub column: String,
    /// The calendar grain, for times.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub grain: Option<Grain>,
}

impl Grouping {
    /// The result column's name.
    pub fn label(&self) -> String {
        match self.grain {
            Some(grain) => format!("{} ({})", self.column, grain.name()),
            None => self.column.clone(),
        }
    }
}

/// A calendar unit to which times are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Hour.
    Hour,
    /// Day.
    Day,
    /// Week, from Monday.
    Week,
    /// Month.
    Month,
    /// Quarter.
    Quarter,
    /// Year.
    Year,
}

impl Grain {
    /// All, finest first.
    pub const ALL: [Self; 6] = [
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// The name that SQL's `date_trunc` knows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// What is computed for each group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// How.
    #[serde(rename = "f")]
    pub function: Function,
    /// Of which column; none only for [`Function::Count`], which then counts rows.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Measure {
    /// How many rows.
    pub fn count() -> Self {
        Self {
            function: Function::Count,
            column: None,
        }
    }

    /// The result column's name.
    pub fn label(&self) -> String {
        match &self.column {
            Some(column) => format!("{} {column}", self.function.name()),
            None => self.function.name().to_owned(),
        }
    }
}

/// How a measure is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Rows, or values that are not NULL.
    Count,
    /// Sum.
    Sum,
    /// Mean.
    Avg,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Middle value.
    Median,
    /// Distinct values.
    Distinct,
}

impl Function {
    /// All, most used first.
    pub const ALL: [Self; 7] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Median,
        Self::Distinct,
    ];

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Distinct => "distinct",
        }
    }
}

/// How result rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// A result column's name.
    #[serde(rename = "c")]
    pub column: String,
    /// Largest first.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
}
