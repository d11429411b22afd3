//! Which objects a server signs for, and the embedded store that holds them where there is one.
//!
//! Invariant: after [`Lake::prepare`] the target can be read and signed for, or the error says what to run.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};

use super::access::Access;
use super::credentials::Credentials;
use super::signer::UrlSigner;
use super::store::{GOLD_BUCKET, Store};
use super::{ServeArgs, ServeError};
use crate::project::Project;
use crate::settings::declared;
use crate::target::{Location, S3Url, Target};

/// One server at a time keeps a folder of buckets: its locks are in its memory.
const LOCK_FILE: &str = ".lock";

/// What is served.
pub(super) enum Lake {
    /// The objects are in a store elsewhere.
    Remote(UrlSigner),
    /// The objects are in a folder of this machine.
    Embedded(Embedded),
}

/// A store of our own, to be listened for.
pub(super) struct Embedded {
    pub(super) service: S3Service,
    credentials: Credentials,
    bucket: String,
    prefix: String,
}

impl Lake {
    /// Opens the target that the arguments name.
    pub(super) async fn prepare(
        args: &ServeArgs,
        credentials: Option<Credentials>,
    ) -> Result<Self, ServeError> {
        let project = args.project.load_at(args.place.as_deref())?;
        if let Some(root) = &args.s3_root {
            return Self::keep(&project, root, credentials);
        }
        let target = Target::open(&project).await?;
        if target.read(catalog::keys::CATALOG).await?.is_none() {
            return Err(ServeError::NoGold {
                command: run_command(args),
                target: target.name,
                address: target.address,
            });
        }
        match target.location {
            Location::Folder(root) => {
                let credentials = match credentials {
                    Some(credentials) => credentials,
                    None => Credentials::random().map_err(|error| ServeError::Entropy(error.to_string()))?,
                };
                let service = service(Store::folder(root), Access { writable: false }, &credentials);
                Ok(Self::Embedded(Embedded {
                    service,
                    credentials,
                    bucket: GOLD_BUCKET.to_owned(),
                    prefix: String::new(),
                }))
            }
            Location::S3 {
                bucket,
                prefix,
                store,
            } => Ok(Self::Remote(UrlSigner::of_store(store, &bucket, &prefix))),
        }
    }

    /// Is the store of the target's bucket: nobody else is asked for it.
    fn keep(project: &Project, root: &Path, credentials: Option<Credentials>) -> Result<Self, ServeError> {
        let (target, address) = project.target()?;
        let Some(S3Url { bucket, key: prefix }) = S3Url::parse(&address)? else {
            return Err(ServeError::StoreForFolder {
                target: target.to_owned(),
                address,
            });
        };
        let credentials = credentials.ok_or(ServeError::NoCredentials)?;
        let (root, lock) = open_root(root, &bucket)?;
        let store =
            Store::buckets(root.clone(), lock).map_err(|error| unusable(&root, &format!("{error:?}")))?;
        let service = service(store, Access { writable: true }, &credentials);
        Ok(Self::Embedded(Embedded {
            service,
            credentials,
            bucket,
            prefix,
        }))
    }
}

impl Embedded {
    /// Signs for this store as browsers reach it.
    pub(super) fn signer(&self, endpoint: &str) -> Result<UrlSigner, ServeError> {
        Ok(UrlSigner::of_endpoint(
            endpoint,
            &self.credentials,
            &self.bucket,
            &self.prefix,
        )?)
    }

    /// The bucket that holds the gold root.
    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }
}

fn service(store: Store, access: Access, credentials: &Credentials) -> S3Service {
    let mut builder = S3ServiceBuilder::new(store);
    builder.set_auth(SimpleAuth::from_single(
        credentials.access_key_id.as_str(),
        credentials.secret_access_key.as_str(),
    ));
    builder.set_access(access);
    builder.build()
}

/// Makes the root and the target's bucket in it.
fn open_root(root: &Path, bucket: &str) -> Result<(PathBuf, File), ServeError> {
    if !s3s::path::check_bucket_name(bucket) {
        return Err(unusable(
            root,
            &format!("`{bucket}` is no bucket name: use 3 to 63 lower-case letters, digits and hyphens"),
        ));
    }
    std::fs::create_dir_all(root.join(bucket)).map_err(|error| unusable(root, &error))?;
    let root = root.canonicalize().map_err(|error| unusable(root, &error))?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(root.join(LOCK_FILE))
        .map_err(|error| unusable(&root, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok((root, lock)),
        Err(TryLockError::WouldBlock) => Err(unusable(
            &root,
            &"another `ingest serve` has it: stop that one, or name another folder",
        )),
        Err(TryLockError::Error(error)) => Err(unusable(&root, &error)),
    }
}

fn unusable(folder: &Path, reason: &dyn std::fmt::Display) -> ServeError {
    ServeError::StoreFolder {
        folder: folder.to_owned(),
        reason: reason.to_string(),
    }
}

fn run_command(args: &ServeArgs) -> String {
    if let Some(place) = &args.place {
        return format!("ingest adopt {place}");
    }
    let mut command = "ingest run".to_owned();
    if args.project.project != Path::new(".") {
        command.push_str(&format!(" --project {}", args.project.project.display()));
    }
    if let Some(target) = args.project.flags.get(&declared::TARGET) {
        command.push_str(&format!(" --target {target}"));
    }
    command
}
