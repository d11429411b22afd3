//! The SQL files of a project: models and checks.

use std::fmt;
use std::path::{Path, PathBuf};

use super::header::{self, CheckHeader, ModelHeader};
use super::{Project, ProjectError, is_identifier, materialized};

/// Which layer a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Cleaned, not published.
    Silver,
    /// Published.
    Gold,
}

impl Layer {
    /// The layer's schema in SQL and folder below `models/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

/// A model: a SELECT that makes a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its layer.
    pub layer: Layer,
    /// The table's name: the file's name without `.sql`.
    pub name: String,
    /// The file, relative to the project.
    pub file: PathBuf,
    /// The whole text of the file.
    pub sql: String,
    /// What is run in its place where rows of new files are added to a table that is there: it may read the table itself.
    pub increment_sql: Option<String>,
    /// What the header declares.
    pub header: ModelHeader,
}

impl Model {
    /// The SQL without the header.
    pub fn body(&self) -> &str {
        header::body(&self.sql)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer.name(), self.name)
    }
}

/// A file in `checks/`: a SELECT that returns the rows that are wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckFile {
    /// The file's name without `.sql`.
    pub name: String,
    /// The file, relative to the project; with a name behind it where several stand in one.
    pub file: PathBuf,
    /// The whole text of the file.
    pub sql: String,
    /// What the header declares.
    pub header: CheckHeader,
}

/// A model or check file that cannot be used. Others can go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", .file.display())]
pub struct ModelError {
    /// Its name in SQL, so that those who read it can be named; for a check the file's name.
    pub name: String,
    /// The file, relative to the project.
    pub file: PathBuf,
    /// What is wrong and how to fix it.
    pub reason: String,
}

impl Project {
    /// All models of a layer, by name.
    pub fn models(&self, layer: Layer) -> Result<Vec<Result<Model, ModelError>>, ProjectError> {
        if let Some(dbt) = &self.dbt {
            let is_of = |model: &&Result<Model, ModelError>| match model {
                Ok(model) => model.layer == layer,
                Err(error) => error.name.split('.').next() == Some(layer.name()),
            };
            return Ok(dbt.models.iter().filter(is_of).cloned().collect());
        }
        let folder = Path::new("models").join(layer.name());
        let files = self.sql_files(&folder)?;
        Ok(files
            .into_iter()
            .map(|file| {
                let (name, sql) = file.read()?;
                let header: ModelHeader = header::parse(&sql).map_err(|reason| file.wrong(&reason))?;
                if let Some(reason) = materialized::contradiction(layer, &header) {
                    return Err(file.wrong(&format!("in its header: {reason}")));
                }
                Ok(Model {
                    layer,
                    name,
                    file: file.relative,
                    sql,
                    increment_sql: None,
                    header,
                })
            })
            .map(|model| {
                model.map_err(|error: ModelError| ModelError {
                    name: format!("{}.{}", layer.name(), error.name),
                    ..error
                })
            })
            .collect())
    }

    /// All files of `checks/`, by name.
    pub fn check_files(&self) -> Result<Vec<Result<CheckFile, ModelError>>, ProjectError> {
        if let Some(dbt) = &self.dbt {
            return Ok(dbt.checks.clone());
        }
        let files = self.sql_files(Path::new("checks"))?;
        Ok(files
            .into_iter()
            .map(|file| {
                let (name, sql) = file.read()?;
                let header = header::parse(&sql).map_err(|reason| file.wrong(&reason))?;
                Ok(CheckFile {
                    name,
                    file: file.relative,
                    sql,
                    header,
                })
            })
            .collect())
    }

    fn sql_files(&self, folder: &Path) -> Result<Vec<SqlFile>, ProjectError> {
        let absolute = self.root.join(folder);
        let unreadable = |cause: std::io::Error| ProjectError::Unreadable {
            file: absolute.clone(),
            cause,
        };
        let entries = match std::fs::read_dir(&absolute) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if let Some(name) = path
                .file_name()
                .filter(|_| path.extension().is_some_and(|e| e == "sql"))
            {
                files.push(SqlFile {
                    relative: folder.join(name),
                    absolute: path,
                });
            }
        }
        files.sort_by(|a, b| a.relative.cmp(&b.relative));
        Ok(files)
    }
}

struct SqlFile {
    absolute: PathBuf,
    relative: PathBuf,
}

impl SqlFile {
    fn stem(&self) -> String {
        self.relative
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    fn wrong(&self, reason: &str) -> ModelError {
        ModelError {
            name: self.stem(),
            file: self.relative.clone(),
            reason: reason.to_owned(),
        }
    }

    fn read(&self) -> Result<(String, String), ModelError> {
        let name = self.stem();
        if !is_identifier(&name) {
            return Err(self.wrong(
                "a file's name becomes the table's name: use lower-case letters, digits and _, beginning with a letter",
            ));
        }
        let sql = std::fs::read_to_string(&self.absolute)
            .map_err(|error| self.wrong(&format!("cannot read it: {error}")))?;
        Ok((name, sql))
    }
}
