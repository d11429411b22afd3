//! Raw files of an S3-compatible bucket, fetched before DuckDB reads them.
//!
//! DuckDB has no S3 client of its own here; `object_store` has one with a credential chain and retries.

use std::path::Path;

use futures::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use super::{SourceError, SourceFile, is_glob};
use crate::project::{Project, SourceConfig};
use crate::target::{S3Url, at_s3, open_bucket};

/// Fetches the objects that the URL names into the folder, in the order of their keys.
pub(super) async fn fetch(
    project: &Project,
    url: &S3Url,
    config: &SourceConfig,
    stage: &Path,
) -> Result<Vec<SourceFile>, SourceError> {
    let (endpoint, region) = (config.endpoint.as_deref(), config.region.as_deref());
    let store = open_bucket(project, &url.bucket, endpoint, region)
        .await
        .map_err(SourceError::one)?;
    let keys = list(&store, url).await?;
    std::fs::create_dir_all(stage)
        .map_err(|error| SourceError::one(format!("cannot write to {}: {error}", stage.display())))?;
    let mut files = Vec::new();
    let mut complaints = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let origin = format!("s3://{}/{key}", url.bucket);
        // The index keeps apart objects of one name in different folders.
        let path = stage.join(format!("{index:06}-{}", key.filename().unwrap_or("object")));
        match fetch_one(&store, key, &path).await {
            Ok(()) => files.push(SourceFile { origin, path }),
            Err(error) => complaints.push(format!("{origin}: {error}")),
        }
    }
    if complaints.is_empty() {
        return Ok(files);
    }
    Err(SourceError { complaints })
}

async fn list(store: &AmazonS3, url: &S3Url) -> Result<Vec<Key>, SourceError> {
    if !is_glob(&url.key) {
        return Ok(vec![Key::from(url.key.as_str())]);
    }
    let invalid = |error| SourceError::one(format!("{} is no valid glob: {error}", url.key));
    let pattern = glob::Pattern::new(&url.key).map_err(invalid)?;
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..Default::default()
    };
    let literal = url.key.split(['*', '?', '[']).next().unwrap_or_default();
    let folder = literal.rsplit_once('/').map(|(folder, _)| Key::from(folder));
    let objects: Vec<_> = store.list(folder.as_ref()).try_collect().await.map_err(|error| {
        SourceError::one(format!(
            "cannot list s3://{}/{literal}: {}",
            url.bucket,
            at_s3(&error)
        ))
    })?;
    let mut keys: Vec<Key> = objects
        .into_iter()
        .map(|object| object.location)
        .filter(|key| pattern.matches_with(key.as_ref(), options))
        .collect();
    keys.sort();
    Ok(keys)
}

async fn fetch_one(store: &AmazonS3, key: &Key, path: &Path) -> Result<(), String> {
    let of_store = |error: object_store::Error| at_s3(&error);
    let of_file = |error: std::io::Error| format!("cannot write to {}: {error}", path.display());
    let mut stream = store.get(key).await.map_err(of_store)?.into_stream();
    let mut file = tokio::fs::File::create(path).await.map_err(of_file)?;
    while let Some(bytes) = stream.try_next().await.map_err(of_store)? {
        file.write_all(&bytes).await.map_err(of_file)?;
    }
    file.flush().await.map_err(of_file)
}
