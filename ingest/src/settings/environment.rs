//! Environment variables: those of the process, and below them those of the project's `.env`.
//!
//! Invariant: the environment of the process is read, never changed; values are not printed.
//!
//! Entry point: [`Environment::of_project`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{Origin, SettingError};

/// The file of a project's folder that holds variables.
pub const ENV_FILE: &str = ".env";

/// Variables by name, in two layers.
#[derive(Clone, Default)]
pub struct Environment {
    process: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    path: Option<PathBuf>,
}

impl Environment {
    /// The variables of the process; those that are no Unicode are left out.
    pub fn of_process() -> Self {
        let unicode = |text: std::ffi::OsString| text.into_string().ok();
        Self {
            process: std::env::vars_os()
                .filter_map(|(name, value)| Some((unicode(name)?, unicode(value)?)))
                .collect(),
            ..Self::default()
        }
    }

    /// Those of the process and, below them, those of `.env` in the folder, where there is one.
    pub fn of_project(root: &Path) -> Result<Self, SettingError> {
        let path = root.join(ENV_FILE);
        let mut environment = Self::of_process();
        match std::fs::read_to_string(&path) {
            Ok(text) => environment.file = parse(&path, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => {
                return Err(SettingError::UnreadableEnvFile {
                    file: path,
                    cause: cause.to_string(),
                });
            }
        }
        environment.path = Some(path);
        Ok(environment)
    }

    /// These variables, for tests.
    #[cfg(test)]
    pub(crate) fn of(process: &[(&str, &str)], file: &[(&str, &str)]) -> Self {
        let owned = |variables: &[(&str, &str)]| {
            let owned = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            owned.collect()
        };
        Self {
            process: owned(process),
            file: owned(file),
            path: Some(PathBuf::from(ENV_FILE)),
        }
    }

    /// The value of a variable; an empty one is a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.process.get(name).or_else(|| self.file.get(name))?;
        Some(value)
    }

    /// The value of a variable that is set and not empty, and where it is set.
    pub fn find(&self, name: &str) -> Option<(&str, Origin)> {
        let in_process = self.of_process_only(name);
        let in_file = || self.of_file_only(name);
        in_process
            .map(|value| (value, Origin::Variable(name.to_owned())))
            .or_else(|| {
                let file = self.path.clone().unwrap_or_default();
                in_file().map(|value| {
                    let variable = name.to_owned();
                    (value, Origin::EnvFile { variable, file })
                })
            })
    }

    /// The value where it is set and not empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(value, _)| value)
    }

    /// Variables with this prefix that are set and not empty.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let in_file = self
            .file
            .iter()
            .filter(|(name, _)| self.of_process_only(name).is_none());
        let all = self.process.iter().chain(in_file);
        all.filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty())
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same, of the process alone.
    pub fn of_process_only(&self, name: &str) -> Option<&str> {
        let value = self.process.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// The same, of `.env` alone.
    pub fn of_file_only(&self, name: &str) -> Option<&str> {
        let value = self.file.get(name)?;
        (!value.is_empty()).then_some(value)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a line is told by its number only: it may hold a secret.
fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, String>, SettingError> {
    let malformed = |line: Option<usize>| SettingError::MalformedEnvFile {
        file: path.to_owned(),
        line,
    };
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| match error {
            dotenvy::Error::LineParse(content, _) => {
                let first = content.lines().next().unwrap_or_default();
                malformed(text.lines().position(|line| line == first).map(|index| index + 1))
            }
            _ => malformed(None),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_comes_before_the_file_and_an_empty_variable_is_none() {
        let environment = Environment::of(&[("A", "process"), ("B", "")], &[("A", "file"), ("B", "file")]);
        assert_eq!(environment.value("A"), Some("process"));
        assert_eq!(environment.value("B"), Some("file"));
        assert_eq!(environment.get("B"), Some(""));
        assert_eq!(environment.value("C"), None);
    }

    #[test]
    fn a_file_holds_quoted_values_comments_and_exports() {
        let text = "# comment\nexport A=one\nB='two # words'\nC=\"three\" # comment\n\nD=\n";
        let variables = parse(Path::new(".env"), text).expect("valid");
        let found: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            found,
            [("A", "one"), ("B", "two # words"), ("C", "three"), ("D", "")]
        );
    }

    #[test]
    fn a_malformed_line_is_named_and_not_shown() {
        let error = parse(Path::new("p/.env"), "A=1\nS3KRET ='unfinished\n").expect_err("malformed");
        let told = error.to_string();
        assert!(told.contains("p/.env line 2"), "{told}");
        assert!(!told.contains("S3KRET"), "{told}");
    }
}
