//! Contexts: databases in memory in which `source.x`, `silver.x` and `gold.x` stand for what a model shall see.
//!
//! An incremental model sees the new files of its input under the names under which another one sees all files. Each
//! gets a context of its own; a connection is in one context at a time, and views stay in that in which they were made.

use super::{Engine, EngineError};
use crate::plan::Name;

/// The name of a context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context(String);

impl Context {
    /// A table of this context, quoted for SQL, wherever the connection is.
    pub fn quoted(&self, table: &Name) -> String {
        format!("{}.{}", self.0, table.quoted())
    }
}

impl Engine {
    /// Another connection to the same database: for another thread.
    pub fn connect(&self) -> Result<Self, EngineError> {
        let engine = Self {
            connection: self.connection.try_clone()?,
            home: self.home.clone(),
        };
        engine.set_up()?;
        Ok(engine)
    }

    /// Makes an empty context. No two have the same number.
    pub fn make_context(&self, number: usize) -> Result<Context, EngineError> {
        let name = format!("context_{number}");
        self.execute(&format!(
            "ATTACH ':memory:' AS {name};
             CREATE SCHEMA {name}.source;
             CREATE SCHEMA {name}.silver;
             CREATE SCHEMA {name}.gold;
             CREATE SCHEMA {name}.staged;"
        ))?;
        Ok(Context(name))
    }

    /// Makes names stand for what they are in the context.
    pub fn enter(&self, Context(name): &Context) -> Result<(), EngineError> {
        self.execute(&format!(
            "SET search_path = '{name}.silver,{name}.source,{name}.gold,{name}.staged'"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    #[test]
    fn another_connection_is_set_up_like_the_first() {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        let other = engine.connect().expect("connects");
        let settings = "SELECT current_setting('home_directory'), current_setting('temp_directory'), \
                        current_setting('TimeZone'), current_setting('enable_progress_bar'), \
                        current_setting('autoinstall_known_extensions')";
        let of_first = engine.row(settings).expect("settings");
        assert_eq!(other.row(settings).expect("settings"), of_first);
        assert_eq!(
            of_first[0],
            duckdb::types::Value::Text(work.path().to_string_lossy().into_owned())
        );
    }

    #[test]
    fn a_name_stands_for_what_it_is_in_the_context_that_was_entered() {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        let contexts: Vec<Context> = (0..2)
            .map(|number| engine.make_context(number).expect("made"))
            .collect();
        for (context, value) in contexts.iter().zip([1, 2]) {
            engine.enter(context).expect("entered");
            engine
                .execute(&format!(
                    "CREATE VIEW source.t AS SELECT {value} AS v; CREATE TABLE silver.s AS SELECT v * 10 AS v FROM source.t;
                     CREATE VIEW \"staged\".\"gold.g\" AS SELECT v + 1 AS v FROM silver.s"
                ))
                .expect("made");
        }
        let other = engine.connect().expect("connects");
        for (context, value) in contexts.iter().zip([11, 21]) {
            other.enter(context).expect("entered");
            assert_eq!(
                other.count("SELECT v FROM staged.\"gold.g\"").expect("counted"),
                value
            );
        }
        assert_eq!(other.count("SELECT v FROM s").expect("counted"), 20);
    }
}
