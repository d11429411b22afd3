//! A project in a temporary folder, and the command with no environment but what a test gives it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The secret key that nobody may see.
pub const SECRET: &str = "wJalrXUtnFEMI-K7MDENG-secret";
/// The key that belongs to it.
pub const KEY_ID: &str = "AKIDTESTTESTTEST";

/// A project that a test writes file by file.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A project with this `ingest.toml` behind its name.
    pub fn new(config: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.write("ingest.toml", &format!("name = 'lake'\n{config}"));
        project.write("models/gold/numbers.sql", "SELECT range AS n FROM range(1000)");
        project
    }

    /// One whose only target is a bucket, and that makes two tables.
    pub fn with_bucket() -> Self {
        let project = Self::new("[targets.bucket]\ngold = 's3://lake/gold'\n");
        project.write(
            "models/gold/letters.sql",
            "SELECT chr(65 + range::INT) AS l FROM range(20)",
        );
        project
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The command in the project's folder, with an empty environment.
    pub fn ingest(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
        command.current_dir(self.root()).args(arguments).env_clear();
        // Windows finds its libraries by it.
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// The lines of `ingest settings`, one for each setting: name, value, origin.
    pub fn settings(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Vec<[String; 3]> {
        let mut command = self.ingest(&[&["settings"], arguments].concat());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        let cells = |line: &str| -> Option<[String; 3]> {
            let cells: Vec<String> = line
                .trim_matches(|c: char| c == '│' || c.is_whitespace())
                .split('┆')
                .map(|cell| cell.trim().to_owned())
                .collect();
            cells.try_into().ok()
        };
        shown(&output).lines().filter_map(cells).collect()
    }

    /// Value and origin of one setting.
    pub fn setting(&self, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
        let settings = self.settings(arguments, variables);
        let [_, value, origin] = settings
            .iter()
            .find(|row| row[0] == name)
            .unwrap_or_else(|| panic!("{name} in {settings:?}"));
        (value.clone(), origin.clone())
    }
}

/// Standard output.
pub fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error.
pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command beside the servers of an async test.
pub async fn finish(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// Fails if a secret is in what a command wrote, or in a file of the project that it made.
pub fn assert_keeps_secrets(output: &Output, project: &Project, secrets: &[&str]) {
    let mut texts = vec![shown(output), told(output)];
    for entry in walk(&project.path("gold")) {
        texts.push(String::from_utf8_lossy(&std::fs::read(entry).unwrap()).into_owned());
    }
    for secret in secrets {
        for text in &texts {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}
