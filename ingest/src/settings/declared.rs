//! Every setting, declared once: its option, its variable, its place in `ingest.toml`, what may stand there.
//!
//! Invariant: an option, a lookup and a message about a setting all come from its [`Declaration`].

use std::fmt;
use std::path::Path;

use super::values;

/// One setting.
#[derive(Clone, Copy)]
pub struct Declaration {
    /// What it is called, in messages too; its key in `ingest.toml` unless [`Declaration::key`] says otherwise.
    pub name: &'static str,
    /// The option, without dashes.
    pub flag: &'static str,
    /// What stands for the value in the option's help.
    pub value_name: &'static str,
    /// The environment variable, which `.env` may hold too.
    pub variable: &'static str,
    /// Variables that other tools use for the same: they are asked last, after `ingest.toml`.
    pub standard: &'static [&'static str],
    /// Where `ingest.toml` holds it.
    pub key: Key,
    /// One sentence for `--help`.
    pub help: &'static str,
    /// What a value must look like.
    pub expects: &'static str,
    /// Whether a text is a value.
    pub accepts: fn(&str) -> bool,
}

/// Where `ingest.toml` holds a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Under this name at the top.
    Top(&'static str),
    /// In `[targets.NAME]`, else in `[settings]`.
    TargetOrSettings,
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Which target of `ingest.toml`.
pub const TARGET: Declaration = Declaration {
    name: "target",
    flag: "target",
    value_name: "NAME",
    variable: "INGEST_TARGET",
    standard: &[],
    key: Key::Top("default_target"),
    help: "A target of ingest.toml [default: its default_target]",
    expects: "the name of one of the [targets.*] of ingest.toml",
    accepts: values::is_word,
};

/// Whether files of this machine or a bucket are worked on.
pub const EXECUTION_MODE: Declaration = Declaration {
    name: "execution_mode",
    flag: "execution-mode",
    value_name: "MODE",
    variable: "INGEST_EXECUTION_MODE",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "local: folders of this machine by default; cloud: the target is a bucket, nothing is interactive, missing credentials fail at once [default: local]",
    expects: "local or cloud",
    accepts: |text| values::execution_mode(text).is_some(),
};

/// Memory of DuckDB.
pub const MEMORY_LIMIT: Declaration = Declaration {
    name: "memory_limit",
    flag: "memory-limit",
    value_name: "SIZE",
    variable: "INGEST_MEMORY_LIMIT",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "Memory that DuckDB may use before it spills to the temporary folder, for example 2GB [default: what the machine or container leaves beside the writer]",
    expects: "a number and KB, MB, GB, TB, KiB, MiB, GiB or TiB, for example 512MB or 2GB",
    accepts: |text| values::size_bytes(text).is_some(),
};

/// Threads of DuckDB.
pub const THREADS: Declaration = Declaration {
    name: "threads",
    flag: "threads",
    value_name: "N",
    variable: "INGEST_THREADS",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "Threads that DuckDB may use [default: the processors of the machine or container, as far as memory suffices]",
    expects: "a whole number from 1 to 65535, for example 4",
    accepts: |text| values::threads(text).is_some(),
};

/// Where scratch files go.
pub const TEMP_DIRECTORY: Declaration = Declaration {
    name: "temp_directory",
    flag: "temp-directory",
    value_name: "DIR",
    variable: "INGEST_TEMP_DIRECTORY",
    standard: &["TMPDIR"],
    key: Key::TargetOrSettings,
    help: "Where what is only needed while a verb runs is kept [default: TMPDIR, else /tmp]",
    expects: "a folder that can be written",
    accepts: |text| !text.is_empty(),
};

/// How progress and errors are told.
pub const LOG_FORMAT: Declaration = Declaration {
    name: "log_format",
    flag: "log-format",
    value_name: "FORMAT",
    variable: "INGEST_LOG_FORMAT",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "text for people, json for one JSON object a line on standard error [default: text]",
    expects: "text or json",
    accepts: |text| values::log_format(text).is_some(),
};

/// The S3-compatible store.
pub const ENDPOINT: Declaration = Declaration {
    name: "endpoint",
    flag: "s3-endpoint",
    value_name: "URL",
    variable: "INGEST_ENDPOINT",
    standard: &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
    key: Key::TargetOrSettings,
    help: "The S3-compatible store of the target [default: AWS]",
    expects: "http://host:port or https://host, without user and password",
    accepts: values::is_endpoint,
};

/// The bucket's region.
pub const REGION: Declaration = Declaration {
    name: "region",
    flag: "region",
    value_name: "REGION",
    variable: "INGEST_REGION",
    standard: &["AWS_REGION", "AWS_DEFAULT_REGION"],
    key: Key::TargetOrSettings,
    help: "The region of the target's bucket [default: AWS_REGION, else that of the profile]",
    expects: "a region such as eu-central-1",
    accepts: values::is_word,
};

/// How often a request to the store is repeated.
pub const MAX_RETRIES: Declaration = Declaration {
    name: "max_retries",
    flag: "max-retries",
    value_name: "N",
    variable: "INGEST_MAX_RETRIES",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "How often a request to the store that fails is repeated [default: 10]",
    expects: "a whole number from 0 to 1000",
    accepts: |text| values::count(text, 1000).is_some(),
};

/// How long a request to the store is repeated.
pub const RETRY_TIMEOUT: Declaration = Declaration {
    name: "retry_timeout",
    flag: "retry-timeout",
    value_name: "DURATION",
    variable: "INGEST_RETRY_TIMEOUT",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "For how long a request to the store that fails is repeated [default: 3m]",
    expects: "a duration such as 10s or 3m",
    accepts: |text| values::duration(text).is_some(),
};

/// History of the catalog.
pub const KEEP_SNAPSHOTS: Declaration = Declaration {
    name: "keep_snapshots",
    flag: "keep-snapshots",
    value_name: "N",
    variable: "INGEST_KEEP_SNAPSHOTS",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "Snapshots that the catalog remembers beside the current one [default: 10]",
    expects: "a whole number from 0 to 1000",
    accepts: |text| values::count(text, 1000).is_some(),
};

/// How long objects that nothing names stay.
pub const GC_GRACE: Declaration = Declaration {
    name: "gc_grace",
    flag: "gc-grace",
    value_name: "DURATION",
    variable: "INGEST_GC_GRACE",
    standard: &[],
    key: Key::TargetOrSettings,
    help: "How old an object must be before gc removes it [default: 7d]",
    expects: "a duration such as 12h or 7d",
    accepts: |text| values::duration(text).is_some(),
};

/// All of them, in the order in which they are shown.
pub const ALL: [&Declaration; 12] = [
    &TARGET,
    &EXECUTION_MODE,
    &MEMORY_LIMIT,
    &THREADS,
    &TEMP_DIRECTORY,
    &LOG_FORMAT,
    &ENDPOINT,
    &REGION,
    &MAX_RETRIES,
    &RETRY_TIMEOUT,
    &KEEP_SNAPSHOTS,
    &GC_GRACE,
];

impl Declaration {
    /// Whether `[settings]` and `[targets.*]` may hold the key.
    pub fn is_table_key(&self) -> bool {
        self.key == Key::TargetOrSettings
    }

    /// Every place where it can be set, strongest first, for a message: with the files of the project, where there is one.
    pub fn places(&self, project: Option<(&Path, &Path)>, target: Option<&str>) -> String {
        let mut places = vec![
            format!("--{} {}", self.flag, self.value_name),
            format!("the environment variable {}", self.variable),
        ];
        if let Some((env_file, config_file)) = project {
            places.push(format!("{} in {}", self.variable, env_file.display()));
            places.push(match self.key {
                Key::Top(key) => format!("{key} in {}", config_file.display()),
                Key::TargetOrSettings => format!(
                    "{} in {}[settings] of {}",
                    self.name,
                    target.map_or_else(String::new, |target| format!("[targets.{target}] or ")),
                    config_file.display()
                ),
            });
        }
        if !self.standard.is_empty() {
            places.push(format!("the environment variable {}", self.standard.join(" or ")));
        }
        match places.pop() {
            Some(last) => format!("{} or {last}", places.join(", ")),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_settings_share_an_option_or_a_variable() {
        let names: [fn(&Declaration) -> &str; 3] = [|each| each.name, |each| each.flag, |each| each.variable];
        for of in names {
            let distinct: BTreeSet<_> = ALL.iter().map(|declaration| of(declaration)).collect();
            assert_eq!(distinct.len(), ALL.len());
        }
    }

    #[test]
    fn all_places_of_a_setting_are_named() {
        let files = (Path::new("p/.env"), Path::new("p/ingest.toml"));
        assert_eq!(
            REGION.places(Some(files), Some("s3")),
            "--region REGION, the environment variable INGEST_REGION, INGEST_REGION in p/.env, \
             region in [targets.s3] or [settings] of p/ingest.toml or the environment variable AWS_REGION or AWS_DEFAULT_REGION"
        );
        assert_eq!(
            TARGET.places(None, None),
            "--target NAME or the environment variable INGEST_TARGET"
        );
    }
}
