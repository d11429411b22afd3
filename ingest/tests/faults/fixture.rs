//! A project whose tables all tell one version number.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::lake::Lake;

pub const KEYS: (&str, &str) = ("AKIDTEST", "test-secret");

/// A project in a temporary folder, with the gold tables `a` and `b`.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// Gold in the folder `gold`.
    pub fn new() -> Self {
        Self::with_target("gold = 'gold'")
    }

    /// A project whose target has these settings.
    pub fn with_target(settings: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        };
        project.write(
            "ingest.toml",
            &format!("name = 'lake'\n[targets.main]\n{settings}\n"),
        );
        project.set_version(0);
        project
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The lake of a project with gold in the folder `gold`.
    pub fn lake(&self) -> Lake {
        Lake(self.path("gold"))
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().expect("below the project")).expect("folder");
        std::fs::write(path, text).expect("file");
    }

    /// From the next run on both tables hold this version.
    pub fn set_version(&self, version: i64) {
        for (table, rows) in [("a", 3000), ("b", 10)] {
            self.set_table(table, version, rows);
        }
    }

    pub fn set_table(&self, table: &str, version: i64, rows: u32) {
        let sql = format!("SELECT {version}::INTEGER AS v, range AS n FROM range({rows})");
        self.write(&format!("models/gold/{table}.sql"), &sql);
    }

    /// The command with the keys of the tests' store; what it needs while it runs lies in the project's folder.
    pub fn ingest(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env("TMPDIR", self.root())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", KEYS.0)
            .env("AWS_SECRET_ACCESS_KEY", KEYS.1)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What a command prints that has to succeed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.ingest(arguments).output().expect("starts");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }

    /// What a command prints that has to fail.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let output = self.ingest(arguments).output().expect("starts");
        assert!(!output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }

    /// Publishes a version.
    pub fn publish(&self, version: i64) {
        self.set_version(version);
        self.succeed(&["run"]);
    }

    /// What readers see, as they see it.
    pub fn contents(&self) -> String {
        self.succeed(&[
            "query",
            "--sql",
            "SELECT 'a' AS t, v, count(*) AS rows, sum(n) AS sum FROM a GROUP BY ALL UNION ALL \
             SELECT 'b', v, count(*), sum(n) FROM b GROUP BY ALL ORDER BY ALL",
        ])
        .lines()
        .filter(|line| line.contains('│'))
        .map(|line| {
            line.split(['│', '┆', ' '])
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
    }
}

/// Both outputs of a command.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Numbers that look random and are the same for the same seed.
pub struct Seeded(pub u64);

impl Seeded {
    /// From 0 up to, not including, 1.
    pub fn share(&mut self) -> f64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}
