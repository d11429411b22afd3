//! A gold root on the disk, looked at object by object.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use catalog::{Catalog, Scalar, TableEntry, TableManifest, keys};
use ingest::state::TableState;
use sha2::{Digest, Sha256};

/// The folder of a folder target, or the folder in which a store keeps a bucket's prefix.
#[derive(Debug, Clone)]
pub struct Lake(pub PathBuf);

impl Lake {
    /// The catalog; none where nothing was published.
    pub fn catalog(&self) -> Option<Catalog> {
        let bytes = match std::fs::read(self.0.join("catalog.json")) {
            Ok(bytes) => bytes,
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
                return None;
            }
        };
        Some(Catalog::from_json(&bytes).expect("a valid catalog"))
    }

    pub fn manifest(&self, entry: &TableEntry) -> TableManifest {
        let file = self.0.join(&entry.manifest);
        let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        TableManifest::from_json(&bytes).expect("a valid manifest")
    }

    /// What went into a version of a table.
    pub fn state(&self, entry: &TableEntry) -> TableState {
        let key = entry.state.as_ref().expect("a state");
        let bytes = std::fs::read(self.0.join(key)).unwrap_or_else(|error| panic!("{key}: {error}"));
        serde_json::from_slice(&bytes).expect("a valid state")
    }

    fn hash(&self, key: &str) -> String {
        let bytes = std::fs::read(self.0.join(key)).unwrap_or_else(|error| panic!("{key}: {error}"));
        hex::encode(Sha256::digest(bytes))
    }

    /// Asserts that the current snapshot and all that are remembered are whole. Returns the keys of their objects.
    pub fn assert_whole(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let Some(catalog) = self.catalog() else {
            return keys;
        };
        let earlier = catalog.history.iter().flat_map(|snapshot| &snapshot.tables);
        for entry in catalog.tables.iter().chain(earlier) {
            if !keys.insert(entry.manifest.clone()) && entry.state.iter().all(|key| keys.contains(key)) {
                continue;
            }
            assert_eq!(
                entry.manifest,
                keys::manifest(&entry.name, &self.hash(&entry.manifest))
            );
            let manifest = self.manifest(entry);
            assert_eq!(manifest.table, entry.name);
            let state_key = entry.state.clone().expect("a state");
            assert_eq!(state_key, keys::state(&entry.name, &self.hash(&state_key)));
            let sketch_key = self.state(entry).sketch.expect("a sketch");
            assert_eq!(sketch_key, keys::sketch(&entry.name, &self.hash(&sketch_key)));
            keys.extend([state_key, sketch_key]);
            assert_eq!(
                manifest.files.iter().map(|file| file.rows).sum::<u64>(),
                entry.rows
            );
            for file in &manifest.files {
                let content = std::fs::read(self.0.join(&file.key))
                    .unwrap_or_else(|error| panic!("{} of {}: {error}", file.key, entry.manifest));
                assert_eq!(content.len() as u64, file.bytes, "{}", file.key);
                assert!(content.ends_with(b"PAR1"), "{}", file.key);
                keys.insert(file.key.clone());
            }
        }
        keys
    }

    /// The one value of column `v` in each table of the current snapshot.
    pub fn versions(&self) -> Vec<i64> {
        let catalog = self.catalog().map_or_else(Vec::new, |catalog| catalog.tables);
        let version = |entry: &TableEntry| {
            let manifest = self.manifest(entry);
            let statistics = &manifest.column("v").expect("column v").statistics;
            assert_eq!(statistics.min, statistics.max);
            match statistics.min {
                Some(Scalar::Integer(version)) => version,
                ref other => panic!("{other:?}"),
            }
        };
        catalog.iter().map(version).collect()
    }

    /// Keys of everything that snapshots are made of, temporary files included.
    pub fn objects(&self) -> BTreeSet<String> {
        self.below(&["tables", "manifests", "state"])
    }

    /// Keys of the reports of runs, temporary files included.
    pub fn reports(&self) -> BTreeSet<String> {
        self.below(&["runs"])
    }

    fn below(&self, folders: &[&str]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for folder in folders {
            visit(&self.0.join(folder), &mut |file| {
                let key = file.strip_prefix(&self.0).expect("below the root");
                found.insert(key.to_string_lossy().into_owned());
            });
        }
        found
    }

    /// Makes everything look as if it had been written a month ago.
    pub fn age(&self) {
        for key in self.objects().iter().chain(&self.reports()) {
            self.set_age(key, Duration::from_secs(30 * 24 * 3600));
        }
    }

    pub fn set_age(&self, key: &str, age: Duration) {
        let file = std::fs::File::options()
            .append(true)
            .open(self.0.join(key))
            .expect("opens");
        file.set_modified(SystemTime::now() - age).expect("sets the time");
    }

    pub fn write(&self, key: &str, content: &[u8]) {
        let file = self.0.join(key);
        std::fs::create_dir_all(file.parent().expect("below the root")).expect("folder");
        std::fs::write(file, content).expect("object");
    }
}

fn visit(folder: &Path, found: &mut impl FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            visit(&path, found);
        } else {
            found(&path);
        }
    }
}
