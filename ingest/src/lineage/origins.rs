//! What a value is made of, and the columns that a query returns.

use std::collections::BTreeSet;

use catalog::ColumnOrigin;

/// The columns that a value is made of, or that they cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origins {
    Known(BTreeSet<ColumnOrigin>),
    Unknown,
}

impl Origins {
    /// Those of a constant.
    pub fn none() -> Self {
        Self::Known(BTreeSet::new())
    }

    /// Those of a column that is read from a table.
    pub fn of(table: String, column: &str) -> Self {
        Self::Known(BTreeSet::from([ColumnOrigin {
            table,
            column: column.to_owned(),
        }]))
    }

    /// Adds what another value, of which this one is made too, is made of.
    pub fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Known(own), Self::Known(more)) => own.extend(more.iter().cloned()),
            _ => *self = Self::Unknown,
        }
    }

    /// Those of a value that is made of all of these.
    pub fn all<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut whole = Self::none();
        for part in parts {
            whole.add(part);
        }
        whole
    }
}

/// A column that a query returns, or several that the parse tree does not tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    /// In lower case, as DuckDB compares names; none where DuckDB makes one up.
    pub name: Option<String>,
    /// What it is made of.
    pub origins: Origins,
    /// Whether it stands for any number of columns.
    pub is_many: bool,
}

impl Output {
    /// One column.
    pub fn one(name: Option<String>, origins: Origins) -> Self {
        Self {
            name,
            origins,
            is_many: false,
        }
    }

    /// Any number of columns, each made of these.
    pub fn many(name: Option<String>, origins: Origins) -> Self {
        Self {
            is_many: true,
            ..Self::one(name, origins)
        }
    }

    /// Columns of which nothing is known.
    pub fn unknown() -> Self {
        Self::many(None, Origins::Unknown)
    }

    /// Whether it is a column of that name.
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

/// Whether the number of columns is not known.
pub(super) fn is_open(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| output.is_many)
}

/// Names columns as `AS t (a, b)` does; the others keep their names.
pub(super) fn rename(outputs: &mut [Output], names: &[String]) {
    for (output, name) in outputs.iter_mut().zip(names) {
        if output.is_many {
            // Where the next name belongs is not known.
            break;
        }
        output.name = Some(name.clone());
    }
}

/// Tells columns of one name apart as DuckDB does where a query becomes a table: `a`, `a_1`, `a_2`.
pub(super) fn deduplicate(outputs: &mut [Output]) {
    let is_open = is_open(outputs);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for output in outputs {
        let Some(name) = output.name.clone() else {
            continue;
        };
        let Some(&taken) = seen.get(&name) else {
            seen.insert(name, 1);
            continue;
        };
        let mut count = taken;
        let mut next = format!("{name}_{count}");
        while seen.contains_key(&next) {
            count += 1;
            next = format!("{name}_{count}");
        }
        seen.insert(name, count + 1);
        seen.insert(next.clone(), 1);
        // Columns that are not known may have taken the name.
        output.name = (!is_open).then_some(next);
    }
}
