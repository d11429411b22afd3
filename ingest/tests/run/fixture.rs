//! A project in a temporary folder.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use catalog::{Catalog, TableManifest};

/// A project that a test writes file by file.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A folder without any file.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        }
    }

    /// A project with this `ingest.toml`, without name and target.
    pub fn new(sources: &str) -> Self {
        let project = Self::empty();
        project.write(
            "ingest.toml",
            &format!("name = 'lake'\n[targets.local]\ngold = 'gold'\n{sources}"),
        );
        project
    }

    /// Orders and customers: two CSV files for one source, one for another, two silver and two gold models.
    pub fn shop() -> Self {
        let project = Self::new(
            "[sources.orders]\npath = 'raw/orders-*.csv'\n[sources.customers]\npath = 'raw/customers.csv'\n",
        );
        project.write("raw/orders-1.csv", "Order ID,Customer,Amount $,Placed At\n1,7,10.5,2024-01-01 10:00:00\n2,8,20,2024-01-02 11:30:00\n");
        project.write("raw/orders-2.csv", "Order ID,Customer,Amount $,Placed At\n3,7,5.25,2024-01-03 00:00:00.5\n4,9,,2024-01-04 00:00:00\n");
        project.write("raw/customers.csv", "id,name\n7,Ada\n8,Bob\n9,Cy\n");
        project.write(
            "models/silver/customers.sql",
            "/* @ingest\nchecks:\n  - unique: id\n*/\nSELECT * FROM source.customers",
        );
        project.write(
            "models/gold/orders.sql",
            "/* @ingest\ndescription: All orders.\ncluster_by: [placed_at]\ncolumns:\n  customer: {role: dimension, description: Who ordered.}\n\
             checks:\n  - not_null: [order_id, placed_at]\n  - relationships: {column: customer, to: silver.customers, field: id}\n*/\n\
             SELECT * FROM source.orders;\n-- the end\n",
        );
        project.write(
            "models/gold/customers.sql",
            "/* @ingest\nchecks:\n  - not_null: id\n*/\nSELECT id, name FROM silver.customers",
        );
        project
    }

    /// The project's folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the project.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.root().join(file);
        std::fs::create_dir_all(path.parent().expect("below the project")).expect("folder");
        std::fs::write(path, text).expect("file");
    }

    /// The command with the project's folder as the working folder.
    pub fn ingest(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
        command.current_dir(self.root()).args(arguments);
        command
    }

    /// `ingest run`.
    pub fn run(&self) -> Assert {
        self.ingest(&["run"]).assert()
    }

    /// What a query answers, as CSV.
    pub fn query(&self, sql: &str) -> String {
        let arguments = ["query", "--format", "csv", "--sql", sql];
        stdout(&self.ingest(&arguments).assert().success())
    }

    /// A file below the gold root.
    pub fn gold(&self, key: &str) -> PathBuf {
        self.root().join("gold").join(key)
    }

    /// All that is below the gold root, as text.
    pub fn published_text(&self) -> String {
        let mut text = String::new();
        let mut folders = vec![self.gold("")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => text.push_str(&String::from_utf8_lossy(&std::fs::read(path).expect("a file"))),
                }
            }
        }
        text
    }

    /// What is published.
    pub fn catalog(&self) -> Catalog {
        Catalog::from_json(&std::fs::read(self.gold("catalog.json")).expect("catalog.json"))
            .expect("valid catalog")
    }

    /// The manifest of a published table.
    pub fn manifest(&self, table: &str) -> TableManifest {
        let catalog = self.catalog();
        let entry = catalog
            .table(table)
            .unwrap_or_else(|| panic!("{table} is published"));
        TableManifest::from_json(&std::fs::read(self.gold(&entry.manifest)).expect("manifest"))
            .expect("valid manifest")
    }

    /// Names and types of a published table's columns.
    pub fn types(&self, table: &str) -> Vec<String> {
        let columns = self.manifest(table).columns;
        columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.column_type))
            .collect()
    }
}

/// What a command printed on standard output.
pub fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

/// What a command printed on standard error.
pub fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}
