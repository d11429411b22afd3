//! Which SQL `ingest query` runs: one statement, and only one that reads.
//!
//! Invariant: what is not a SELECT to DuckDB's own parser is told apart by its words; such a text runs only
//! as EXPLAIN, or as a subquery, where the grammar admits nothing that writes.
//!
//! Entry point: [`Outline::of`].

use crate::engine::sql::{comment, is_word, quoted};

/// Words that begin a statement which only reads.
const READS: &[&str] = &[
    "SELECT",
    "FROM",
    "WITH",
    "VALUES",
    "TABLE",
    "PIVOT",
    "PIVOT_WIDER",
    "PIVOT_LONGER",
    "UNPIVOT",
    "DESCRIBE",
    "DESC",
    "SHOW",
    "SUMMARIZE",
];
/// Words that make a statement write after its WITH.
const CHANGES: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE"];

/// Functions that make DuckDB write files of its own, though a SELECT may call them.
const WRITING_FUNCTIONS: &[&str] = &["ENABLE_LOGGING", "ENABLE_PROFILE", "ENABLE_PROFILING"];

/// A text that is not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// There is no statement.
    #[error("the SQL is empty: write one SELECT, for example --sql \"SELECT 1\"")]
    Empty,
    /// There are several.
    #[error("there are {0} statements: `ingest query` runs one, so run it once for each")]
    Several(usize),
    /// It may change something.
    #[error(
        "{0} is not run: `ingest query` only reads. Write a SELECT, WITH, FROM, VALUES, PIVOT, DESCRIBE, SHOW, SUMMARIZE \
         or EXPLAIN; tables are made by the models of `ingest run`"
    )]
    Writes(String),
}

/// What is to be seen of a text without parsing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    /// The statement, without the semicolons around it.
    pub(super) statement: &'a str,
    /// Its words outside parentheses, quotes and comments, in upper case.
    words: Vec<String>,
    /// The function among [`WRITING_FUNCTIONS`] that it calls, if any.
    writing_function: Option<String>,
}

impl<'a> Outline<'a> {
    /// Finds the one statement of a text.
    pub(super) fn of(text: &'a str) -> Result<Self, Refused> {
        let mut found = Vec::new();
        let mut rest = text;
        loop {
            let (outline, is_empty, length) = first(rest);
            if !is_empty {
                found.push(outline);
            }
            match rest.get(length + 1..) {
                Some(next) => rest = next,
                None => break,
            }
        }
        match found.len() {
            0 => Err(Refused::Empty),
            1 => Ok(found.swap_remove(0)),
            several => Err(Refused::Several(several)),
        }
    }

    /// Whether it is an EXPLAIN, which cannot be a subquery.
    pub(super) fn is_explain(&self) -> bool {
        self.words.first().is_some_and(|word| word == "EXPLAIN")
    }

    /// Refuses a statement that may write, by its name; `is_select` where DuckDB's parser knows it as a SELECT.
    pub(super) fn only_reads(&self, is_select: bool) -> Result<(), Refused> {
        if let Some(function) = &self.writing_function {
            return Err(Refused::Writes(function.clone()));
        }
        if is_select {
            return Ok(());
        }
        let mut words = self.words.iter().map(String::as_str).peekable();
        if self.is_explain() {
            words.next();
            while words
                .next_if(|word| ["ANALYZE", "ANALYSE", "VERBOSE"].contains(word))
                .is_some()
            {}
        }
        let Some(verb) = words.next() else {
            return Ok(());
        };
        if !READS.contains(&verb) {
            return Err(Refused::Writes(verb.to_owned()));
        }
        match words.find(|word| verb == "WITH" && CHANGES.contains(word)) {
            Some(change) => Err(Refused::Writes(change.to_owned())),
            None => Ok(()),
        }
    }
}

/// The text before the first semicolon, whether it holds no statement, and its length.
fn first(text: &str) -> (Outline<'_>, bool, usize) {
    let mut words = Vec::new();
    let mut writing_function = None;
    let (mut at, mut depth, mut is_empty) = (0, 0_usize, true);
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if next == ';' {
            break;
        }
        if let Some(length) = comment(rest) {
            at += length;
            continue;
        }
        is_empty &= next.is_whitespace();
        let length = quoted(rest);
        if length > 0 {
            at += length;
            writing_function = writing_function.or_else(|| writing_call(&rest[..length], &text[at..]));
            continue;
        }
        if is_word(next) {
            let length = rest.find(|each| !is_word(each)).unwrap_or(rest.len());
            if depth == 0 {
                words.push(rest[..length].to_uppercase());
            }
            at += length;
            writing_function = writing_function.or_else(|| writing_call(&rest[..length], &text[at..]));
            continue;
        }
        match next {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += next.len_utf8();
    }
    let statement = &text[..at];
    let outline = Outline {
        statement,
        words,
        writing_function,
    };
    (outline, is_empty, at)
}

fn writing_call(name: &str, after: &str) -> Option<String> {
    let name = name.trim_matches('"').to_uppercase();
    let is_call = after.trim_start().starts_with('(');
    (is_call && WRITING_FUNCTIONS.contains(&name.as_str())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Result<&str, Refused> {
        Outline::of(text).map(|outline| outline.statement)
    }

    fn refused(text: &str) -> Option<Refused> {
        Outline::of(text)
            .and_then(|outline| outline.only_reads(false))
            .err()
    }

    #[test]
    fn semicolons_separate_statements_only_where_they_are_no_text() {
        for text in [
            "SELECT ';', ';;' AS \"a;b\"",
            "SELECT 'it''s; one'",
            "SELECT e'\\'; still' -- ; a comment",
            "SELECT /* ; /* ; */ ; */ 1",
            "SELECT $$;$$, $tag$ ; $$ ; $tag$, name FROM t WHERE price = $1",
        ] {
            assert_eq!(statement(text), Ok(text));
        }
        assert_eq!(statement(";; SELECT 1; -- the end\n ;"), Ok(" SELECT 1"));
        assert_eq!(
            statement("SELECT '; 1"),
            Ok("SELECT '; 1"),
            "DuckDB says what is wrong"
        );
        assert_eq!(statement("SELECT 1 /* ä ;"), Ok("SELECT 1 /* ä ;"));
        assert_eq!(statement("SELECT 1; SELECT 2"), Err(Refused::Several(2)));
        assert_eq!(
            statement("SELECT 1) TO ''; COPY (SELECT 2; x"),
            Err(Refused::Several(3))
        );
        for text in ["", " \n", "-- nothing", "/* nothing */ ;"] {
            assert_eq!(statement(text), Err(Refused::Empty), "{text}");
        }
    }

    #[test]
    fn what_may_write_is_refused_by_its_name() {
        for (text, name) in [
            ("copy (SELECT 1) TO 'x.csv'", "COPY"),
            ("/* SELECT */ CREATE TABLE t AS SELECT 1", "CREATE"),
            ("EXPLAIN ANALYZE COPY t TO 'x'", "COPY"),
            ("EXPLAIN (ANALYZE, FORMAT json) INSERT INTO t SELECT 1", "INSERT"),
            ("WITH a AS (SELECT 1) DELETE FROM t USING a", "DELETE"),
            ("SET threads = 1", "SET"),
            ("ATTACH 'x.db'", "ATTACH"),
            (
                "FROM (FROM \"enable_logging\" (storage_path = 'x'))",
                "ENABLE_LOGGING",
            ),
        ] {
            assert_eq!(refused(text), Some(Refused::Writes(name.to_owned())), "{text}");
        }
        for text in [
            "PIVOT t ON a USING count(*)",
            "WITH a AS (SELECT 'UPDATE') PIVOT a ON b USING count(*)",
            "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN (SELECT 1)",
            "SELECT enable_logging FROM t WHERE name = 'enable_logging('",
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }
}
