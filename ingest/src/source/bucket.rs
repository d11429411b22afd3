//! Raw files of an S3-compatible bucket.
//!
//! DuckDB has no S3 client of its own here; `object_store` has one with a credential chain and retries.

use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use super::{Place, RawFile, SourceError, is_glob};
use crate::project::{Project, SourceConfig};
use crate::state::InputFile;
use crate::target::{S3Url, at_s3, open_bucket};

/// How the keys of objects are matched: `*` stops at a slash.
pub(crate) const WITHIN_FOLDERS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The objects that the URL names, in the order of their keys.
pub(super) async fn list(
    project: &Project,
    url: &S3Url,
    config: &SourceConfig,
) -> Result<Vec<RawFile>, SourceError> {
    list_by(project, url, config, Extent::Named).await
}

/// The objects in the folder that the URL names, and in those below it; of a glob, in the folder that all its matches share.
pub(super) async fn list_below(
    project: &Project,
    url: &S3Url,
    config: &SourceConfig,
) -> Result<Vec<RawFile>, SourceError> {
    list_by(project, url, config, Extent::Below).await
}

/// The object of exactly this key; none where there is none.
pub(super) async fn object(
    project: &Project,
    url: &S3Url,
    config: &SourceConfig,
) -> Result<Option<RawFile>, SourceError> {
    let there = list_by(project, url, config, Extent::IfThere).await?;
    Ok(there.into_iter().next())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Named,
    IfThere,
    Below,
}

async fn list_by(
    project: &Project,
    url: &S3Url,
    config: &SourceConfig,
    extent: Extent,
) -> Result<Vec<RawFile>, SourceError> {
    let (endpoint, region) = (config.endpoint.as_deref(), config.region.as_deref());
    let store = open_bucket(project, &url.bucket, endpoint, region)
        .await
        .map_err(SourceError::one)?;
    let store = Arc::new(store);
    let raw_file = |object: ObjectMeta| RawFile {
        input: InputFile {
            path: format!("s3://{}/{}", url.bucket, object.location),
            bytes: object.size,
            version: object.e_tag.unwrap_or_else(|| object.last_modified.to_rfc3339()),
            hash: None,
            position: None,
        },
        modified: jiff::Timestamp::from_second(object.last_modified.timestamp()).unwrap_or_default(),
        place: Place::Bucket {
            store: store.clone(),
            endpoint: config.endpoint.clone().unwrap_or_default(),
            key: object.location,
        },
    };
    let objects = match extent {
        Extent::Named => objects(&store, url).await?,
        Extent::IfThere => match head(&store, url).await? {
            Err(object_store::Error::NotFound { .. }) => Vec::new(),
            found => vec![found.map_err(|error| unreadable(url, &error))?],
        },
        Extent::Below => below(&store, url).await?,
    };
    Ok(objects.into_iter().map(raw_file).collect())
}

async fn objects(store: &AmazonS3, url: &S3Url) -> Result<Vec<ObjectMeta>, SourceError> {
    if !is_glob(&url.key) {
        let object = head(store, url).await?;
        return Ok(vec![object.map_err(|error| unreadable(url, &error))?]);
    }
    let invalid = |error| SourceError::one(format!("{} is no valid glob: {error}", url.key));
    let pattern = glob::Pattern::new(&url.key).map_err(invalid)?;
    Ok(below(store, url)
        .await?
        .into_iter()
        .filter(|object| pattern.matches_with(object.location.as_ref(), WITHIN_FOLDERS))
        .collect())
}

async fn head(store: &AmazonS3, url: &S3Url) -> Result<object_store::Result<ObjectMeta>, SourceError> {
    let key = key_of(url, &url.key)?;
    Ok(match store.head(&key).await {
        // The answer to HEAD has no body: GET tells what is wrong.
        Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => {
            store.get(&key).await.map(|got| got.meta)
        }
        known => known,
    })
}

fn unreadable(url: &S3Url, error: &object_store::Error) -> SourceError {
    SourceError::one(format!("s3://{}/{}: {}", url.bucket, url.key, at_s3(error)))
}

async fn below(store: &AmazonS3, url: &S3Url) -> Result<Vec<ObjectMeta>, SourceError> {
    let folder = if is_glob(&url.key) {
        let literal = url.key.split(['*', '?', '[']).next().unwrap_or_default();
        literal.rsplit_once('/').map_or("", |(folder, _)| folder)
    } else {
        &url.key
    };
    let prefix = match folder {
        "" => None,
        folder => Some(key_of(url, folder)?),
    };
    let mut objects: Vec<ObjectMeta> = store.list(prefix.as_ref()).try_collect().await.map_err(|error| {
        let below = prefix
            .as_ref()
            .map_or_else(String::new, |folder| format!("{folder}/"));
        SourceError::one(format!(
            "cannot list s3://{}/{below}: {}",
            url.bucket,
            at_s3(&error)
        ))
    })?;
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(objects)
}

/// A key as the project writes it, nothing of which is encoded.
fn key_of(url: &S3Url, key: &str) -> Result<Key, SourceError> {
    Key::parse(key).map_err(|error| {
        SourceError::one(format!(
            "s3://{}/{key} cannot be the key of an object: {error}",
            url.bucket
        ))
    })
}

/// Fetches the object in the version that was listed.
pub(super) async fn fetch(store: &AmazonS3, key: &Key, file: &InputFile, path: &Path) -> Result<(), String> {
    let of_store = |error: object_store::Error| match error {
        object_store::Error::Precondition { .. } => {
            "it was replaced while it was read: run again, to take in the new one".to_owned()
        }
        error => at_s3(&error),
    };
    let of_file = |error: std::io::Error| format!("cannot write to {}: {error}", path.display());
    let options = GetOptions {
        if_match: file.version.starts_with('"').then(|| file.version.clone()),
        ..GetOptions::default()
    };
    let mut stream = store
        .get_opts(key, options)
        .await
        .map_err(of_store)?
        .into_stream();
    let mut local = tokio::fs::File::create(path).await.map_err(of_file)?;
    while let Some(bytes) = stream.try_next().await.map_err(of_store)? {
        local.write_all(&bytes).await.map_err(of_file)?;
    }
    local.flush().await.map_err(of_file)
}
