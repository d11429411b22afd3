//! Raw files: rows of the generator as CSV.
//!
//! Invariant: a file is complete or absent.
//!
//! Entry point: [`write`].

use anyhow::{Context, Result, bail};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tpchgen::csv::{
    CustomerCsv, LineItemCsv, NationCsv, OrderCsv, PartCsv, PartSuppCsv, RegionCsv, SupplierCsv,
};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

const SCALE_FACTOR: f64 = 1.0;

/// Writes `raw/<table>.csv` below the project unless it is there: the rows are always the same.
pub fn write(project: &Path, table: &str) -> Result<()> {
    let path = project.join("raw").join(format!("{table}.csv"));
    if path.is_file() {
        return Ok(());
    }
    let part = path.with_extension("part");
    let file = File::create(&part).with_context(|| format!("cannot make {}", part.display()))?;
    let file = BufWriter::with_capacity(1 << 20, file);
    // One part of one: all rows of the table.
    let (scale, at, of) = (SCALE_FACTOR, 1, 1);
    let written = match table {
        "lineitem" => {
            let rows = LineItemGenerator::new(scale, at, of).iter();
            lines(file, LineItemCsv::header(), rows.map(LineItemCsv::new))
        }
        "orders" => {
            let rows = OrderGenerator::new(scale, at, of).iter();
            lines(file, OrderCsv::header(), rows.map(OrderCsv::new))
        }
        "customer" => {
            let rows = CustomerGenerator::new(scale, at, of).iter();
            lines(file, CustomerCsv::header(), rows.map(CustomerCsv::new))
        }
        "part" => {
            let rows = PartGenerator::new(scale, at, of).iter();
            lines(file, PartCsv::header(), rows.map(PartCsv::new))
        }
        "partsupp" => {
            let rows = PartSuppGenerator::new(scale, at, of).iter();
            lines(file, PartSuppCsv::header(), rows.map(PartSuppCsv::new))
        }
        "supplier" => {
            let rows = SupplierGenerator::new(scale, at, of).iter();
            lines(file, SupplierCsv::header(), rows.map(SupplierCsv::new))
        }
        "nation" => {
            let rows = NationGenerator::new(scale, at, of).iter();
            lines(file, NationCsv::header(), rows.map(NationCsv::new))
        }
        "region" => {
            let rows = RegionGenerator::new(scale, at, of).iter();
            lines(file, RegionCsv::header(), rows.map(RegionCsv::new))
        }
        other => bail!("TPC-H has no table `{other}`"),
    };
    written
        .and_then(|()| fs::rename(&part, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn lines(mut file: impl Write, header: &str, rows: impl Iterator<Item = impl Display>) -> io::Result<()> {
    writeln!(file, "{header}")?;
    for row in rows {
        writeln!(file, "{row}")?;
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_small_table_has_its_rows_under_its_columns() {
        let project = std::env::temp_dir().join(format!("goldpan-tpch-{}", std::process::id()));
        std::fs::create_dir_all(project.join("raw")).unwrap();
        write(&project, "region").unwrap();
        let text = std::fs::read_to_string(project.join("raw/region.csv")).unwrap();
        std::fs::remove_dir_all(&project).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], "r_regionkey,r_name,r_comment");
        assert!(lines[1].starts_with("0,AFRICA,"));
    }
}
