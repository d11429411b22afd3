//! The tables of TPC-H at scale factor 1, as gold tables of the lake that is measured.
//!
//! Invariant: they take the way of any other table: raw files, models, `ingest run`. Only the rows are made here, by the
//! crate `tpchgen`: the generator below `tpchgen-arrow`, without a second Arrow.
//!
//! Entry point: [`prepare`].

mod raw;

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use xshell::Cmd;

use super::lake::Lake;
use crate::demo;
use crate::report::step;
use crate::workspace::Workspace;

const CONFIG: &str = include_str!("ingest.toml");

/// A table, and what a person would cluster it by.
struct Table {
    name: &'static str,
    cluster_by: &'static [&'static str],
}

const TABLES: [Table; 8] = [
    Table {
        name: "lineitem",
        cluster_by: &["l_shipdate", "l_orderkey"],
    },
    Table {
        name: "orders",
        cluster_by: &["o_orderdate", "o_orderkey"],
    },
    Table {
        name: "customer",
        cluster_by: &["c_custkey"],
    },
    Table {
        name: "part",
        cluster_by: &["p_partkey"],
    },
    Table {
        name: "partsupp",
        cluster_by: &["ps_partkey", "ps_suppkey"],
    },
    Table {
        name: "supplier",
        cluster_by: &["s_suppkey"],
    },
    Table {
        name: "nation",
        cluster_by: &["n_nationkey"],
    },
    Table {
        name: "region",
        cluster_by: &["r_regionkey"],
    },
];

/// Makes the tables that are not there yet; all of them if `fresh`. Raw files take 1.1 GB and are kept: a run reads them
/// only when something changed.
pub fn prepare(workspace: &Workspace, lake: &Lake, fresh: bool) -> Result<()> {
    let root = lake.root.join("tpch");
    write_project(&root)?;
    let is_there = |table: &Table| {
        let show = ingest(workspace, &root).args(["show", table.name]);
        show.ignore_stdout().ignore_stderr().run().is_ok()
    };
    if !fresh && TABLES.iter().all(is_there) {
        return Ok(());
    }
    step(
        "TPC-H, scale factor 1",
        "raw files, kept for the next time; a minute",
        || TABLES.iter().try_for_each(|table| raw::write(&root, table.name)),
    )?;
    step(
        "ingest run, TPC-H",
        "eight tables in the same lake; minutes",
        || {
            let refresh = fresh.then_some("--full-refresh");
            Ok(ingest(workspace, &root).arg("run").args(refresh).run()?)
        },
    )
}

/// A project of its own, whose gold root is that of the lake: without the raw files the other one is not disturbed.
fn write_project(root: &Path) -> Result<()> {
    let failed = || format!("cannot write the project of TPC-H in {}", root.display());
    let models = root.join("models/gold");
    fs::create_dir_all(&models).with_context(failed)?;
    fs::create_dir_all(root.join("raw")).with_context(failed)?;
    fs::write(root.join("ingest.toml"), CONFIG).with_context(failed)?;
    for table in &TABLES {
        fs::write(models.join(format!("{}.sql", table.name)), model(table)).with_context(failed)?;
    }
    Ok(())
}

fn model(table: &Table) -> String {
    format!(
        "/* @ingest\ndescription: The table {name} of TPC-H, scale factor 1.\ncluster_by: [{keys}]\n*/\n\
         SELECT * FROM source.{name}\n",
        name = table.name,
        keys = table.cluster_by.join(", ")
    )
}

fn ingest<'a>(workspace: &'a Workspace, root: &Path) -> Cmd<'a> {
    let command = workspace.cmd(demo::ingest(workspace)).arg("--project").arg(root);
    command.quiet()
}

#[cfg(test)]
mod tests {
    use super::{CONFIG, TABLES, model};

    #[test]
    fn each_table_has_a_source_of_its_name() {
        for table in &TABLES {
            let source = format!("[sources.{0}]\npath = \"raw/{0}.csv\"\n", table.name);
            assert!(CONFIG.contains(&source), "ingest.toml has no {source}");
        }
    }

    #[test]
    fn a_model_says_what_its_table_is_sorted_by() {
        assert_eq!(
            model(&TABLES[0]),
            "/* @ingest\ndescription: The table lineitem of TPC-H, scale factor 1.\n\
             cluster_by: [l_shipdate, l_orderkey]\n*/\nSELECT * FROM source.lineitem\n"
        );
    }
}
