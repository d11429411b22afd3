//! Access to a bucket, verb by verb, by an object of its own.
//!
//! Invariant: what was put is removed, whatever was found in between; no other object is written.
//!
//! Entry points: [`Probe::new`], then its verbs, then [`Probe::remove`].

use bytes::Bytes;
use catalog::keys;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    PutResult, UpdateVersion,
};

use super::finding::Findings;
use crate::target::{Target, TargetError, said_by_s3};
use futures::TryStreamExt;

const CONTENT: &[u8] = b"A probe of `ingest doctor`, which removes it.";
const OTHER: &[u8] = b"A probe of `ingest doctor`, replaced by itself.";
const NO_VERSION: &str = "\"00000000000000000000000000000000\"";
/// What stands in the way of every request, by the code that the store answers, and what to do.
const OF_ALL: [(&str, &str); 8] = [
    (
        "SignatureDoesNotMatch",
        "the secret is not that of the key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY anew, as one pair; `ingest \
         settings` shows where they are set",
    ),
    (
        "InvalidAccessKeyId",
        "the store does not know this key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of an account at this endpoint",
    ),
    (
        "NotSignedUp",
        "the store does not know this key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of an account at this endpoint",
    ),
    (
        "ExpiredToken",
        "the credentials have ended: sign in again, or set new ones with their AWS_SESSION_TOKEN",
    ),
    (
        "InvalidToken",
        "AWS_SESSION_TOKEN is not that of the key: set all three anew, or unset it",
    ),
    ("RequestTimeTooSkewed", "set the clock of this machine"),
    (
        "NoSuchBucket",
        "make the bucket, or correct gold of the target and its endpoint in ingest.toml",
    ),
    (
        "AuthorizationHeaderMalformed",
        "the bucket is in another region: set region in ingest.toml, or AWS_REGION, to the one that the answer names",
    ),
];
const CONDITIONS: &str = "without it two runs at once undo each other's tables: use a store that honours conditional writes, \
                          as AWS S3 does, and until then never run two at once";

/// An object at the target that nobody else has.
#[derive(Debug)]
pub(super) struct Probe<'a> {
    store: &'a AmazonS3,
    bucket: &'a str,
    object: Path,
    parts: Path,
    catalog: Path,
}

impl<'a> Probe<'a> {
    /// Chooses the object; nothing is put yet.
    pub fn new(target: &Target, store: &'a AmazonS3, bucket: &'a str) -> Result<Self, TargetError> {
        let mut random = [0; 8];
        // Also without chance the name is of this process alone.
        if getrandom::fill(&mut random).is_err() {
            random = u64::from(std::process::id()).to_le_bytes();
        }
        let name = format!("doctor-{}", hex::encode(random));
        Ok(Self {
            store,
            bucket,
            object: target.path(&format!("{name}.probe"))?,
            parts: target.path(&format!("{name}.parts.probe"))?,
            catalog: target.path(keys::CATALOG)?,
        })
    }

    /// Where the object is, or would be.
    pub fn object(&self) -> &Path {
        &self.object
    }

    /// Whether it makes sense to go on: a wrong secret stands in the way of everything.
    pub async fn list(&self, findings: &mut Findings) -> bool {
        let prefix = self.folder();
        let mut listing = self.store.list(prefix.as_ref());
        match listing.try_next().await {
            Ok(_) => findings.ok(
                "list",
                format!("s3://{}/{}", self.bucket, prefix.unwrap_or_default()),
            ),
            Err(error) => {
                let said = said_by_s3(&error);
                if let Some(fix) = fix_of_all(&said) {
                    findings.error("access", said, fix);
                    return false;
                }
                self.refused("list", "s3:ListBucket", &error, findings);
            }
        }
        true
    }

    /// Puts the object: if there is none, if it is as it was seen. Whether it is there then.
    pub async fn put(&self, findings: &mut Findings) -> bool {
        let created = match self.write(CONTENT, PutMode::Create).await {
            Ok(created) => created,
            Err(conditional) => match self.write(CONTENT, PutMode::Overwrite).await {
                Ok(_) => {
                    findings.ok("put", "an object");
                    findings.error("put If-None-Match", said_by_s3(&conditional), CONDITIONS);
                    return true;
                }
                Err(error) => {
                    self.refused("put", "s3:PutObject", &error, findings);
                    return false;
                }
            },
        };
        findings.ok("put", "an object");
        let again = self.write(OTHER, PutMode::Create).await;
        is_refused("put If-None-Match", "what is there", again, findings);
        let seen = |e_tag| PutMode::Update(UpdateVersion { e_tag, version: None });
        match self.write(OTHER, seen(created.e_tag.clone())).await {
            Ok(_) => {
                let again = self.write(CONTENT, seen(created.e_tag)).await;
                is_refused("put If-Match", "what was replaced meanwhile", again, findings);
            }
            Err(error) => findings.error("put If-Match", said_by_s3(&error), CONDITIONS),
        }
        true
    }

    /// Gets the object: whole, in part, if it is of a version. The object, where that can be done.
    pub async fn get(&self, findings: &mut Findings) -> Option<Path> {
        let whole = self.read(&self.object, findings).await?;
        if whole != OTHER && whole != CONTENT {
            findings.error(
                "get",
                "what comes back is not what was put",
                "look for a proxy between here and the store that changes bodies",
            );
            return None;
        }
        self.get_parts(&self.object, &whole, findings).await;
        Some(self.object.clone())
    }

    /// The same of the catalog, where nothing may be put.
    pub async fn get_catalog(&self, findings: &mut Findings) -> Option<Path> {
        let whole = match self.store.get(&self.catalog).await {
            Err(Error::NotFound { .. }) => {
                findings.ok("get", "not tried: nothing is published yet");
                return None;
            }
            _ => self.read(&self.catalog, findings).await?,
        };
        if whole.is_empty() {
            // It has no part to ask for; that it is no catalog is said where catalogs are looked at.
            return None;
        }
        self.get_parts(&self.catalog, &whole, findings).await;
        Some(self.catalog.clone())
    }

    async fn read(&self, path: &Path, findings: &mut Findings) -> Option<Bytes> {
        let read = async { self.store.get(path).await?.bytes().await };
        match read.await {
            Ok(bytes) => {
                findings.ok("get", "an object");
                Some(bytes)
            }
            Err(error) => {
                self.refused("get", "s3:GetObject", &error, findings);
                None
            }
        }
    }

    async fn get_parts(&self, path: &Path, whole: &Bytes, findings: &mut Findings) {
        // Of a single byte nothing lies behind the first.
        let first = usize::from(whole.len() > 1);
        let range = first as u64..4;
        match self.store.get_range(path, range.clone()).await {
            Ok(part) if part == whole[first..whole.len().min(4)] => {
                findings.ok("get of a range", "the bytes that were asked for");
            }
            Ok(_) => findings.error("get of a range", "other bytes than those asked for", RANGES),
            Err(error) => findings.error("get of a range", said_by_s3(&error), RANGES),
        }
        let options = GetOptions {
            if_match: Some(NO_VERSION.to_owned()),
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(path, options).await.map(|_| ());
        match got {
            Err(Error::Precondition { .. }) => {
                findings.ok("get If-Match", "what is of another version is refused");
            }
            Ok(()) => findings.warning("get If-Match", "what is of another version is sent", VERSIONS),
            Err(error) => findings.warning("get If-Match", said_by_s3(&error), VERSIONS),
        }
    }

    /// Puts an object in parts, as large files are.
    pub async fn multipart(&self, findings: &mut Findings) {
        let mut upload = match self.store.put_multipart(&self.parts).await {
            Ok(upload) => upload,
            Err(error) => return self.refused("multipart", "s3:PutObject", &error, findings),
        };
        let done = async {
            upload.put_part(PutPayload::from_static(CONTENT)).await?;
            upload.complete().await
        };
        match done.await {
            Ok(_) => findings.ok("multipart", "an object in parts"),
            Err(error) => {
                self.refused("multipart", "s3:PutObject", &error, findings);
                if let Err(error) = upload.abort().await {
                    self.refused("multipart", "s3:AbortMultipartUpload", &error, findings);
                }
            }
        }
    }

    /// Removes what was put; also what may have been put though the store said no.
    pub async fn remove(&self, is_written: bool, findings: &mut Findings) {
        for path in [&self.object, &self.parts] {
            let deleted = self.store.delete(path).await;
            let left = match (deleted, self.store.head(path).await) {
                (Ok(()), Err(_)) | (Err(_), Err(Error::NotFound { .. })) => None,
                // Neither is allowed, and nothing was put.
                (Err(_), Err(_)) if !is_written => None,
                (Err(error), _) => Some(said_by_s3(&error)),
                (Ok(()), Ok(_)) => Some("it is there still".to_owned()),
            };
            if let Some(said) = left {
                findings.error(
                    "delete",
                    said,
                    format!(
                        "allow s3:DeleteObject on arn:aws:s3:::{0}/*, which gc needs too; s3://{0}/{path} stays until you \
                         remove it",
                        self.bucket
                    ),
                );
                return;
            }
        }
        if is_written {
            findings.ok("delete", "what was put is gone");
        }
    }

    fn folder(&self) -> Option<Path> {
        let path = self.object.as_ref();
        path.rsplit_once('/')
            .and_then(|(folder, _)| Path::parse(folder).ok())
    }

    async fn write(&self, content: &'static [u8], mode: PutMode) -> object_store::Result<PutResult> {
        let payload = PutPayload::from_static(content);
        self.store.put_opts(&self.object, payload, mode.into()).await
    }

    fn refused(&self, check: &str, action: &str, error: &Error, findings: &mut Findings) {
        let said = said_by_s3(error);
        let fix = match fix_of_all(&said) {
            Some(fix) => fix.to_owned(),
            None if said.contains("403") => {
                let of = if action == "s3:ListBucket" { "" } else { "/*" };
                format!(
                    "allow {action} on arn:aws:s3:::{}{of} to these credentials, in the policy of their user or role, and \
                     of the bucket",
                    self.bucket
                )
            }
            None => "check endpoint and region of the target in ingest.toml, AWS_ENDPOINT_URL and AWS_REGION, and what \
                     the store logs"
                .to_owned(),
        };
        findings.error(check, said, fix);
    }
}

const RANGES: &str =
    "the page reads ranges of files: use a store that answers them, without something between that does not";
const VERSIONS: &str = "a file that is replaced while it is read may be read in part of either version: use a store that \
                        honours If-Match";

fn fix_of_all(said: &str) -> Option<&'static str> {
    let fix = OF_ALL.iter().find(|(code, _)| said.contains(code));
    fix.map(|(_, fix)| *fix)
}

/// Judges a write whose condition does not hold.
fn is_refused(check: &str, what: &str, write: object_store::Result<PutResult>, findings: &mut Findings) {
    match write {
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
            findings.ok(check, format!("{what} is not overwritten"));
        }
        Ok(_) => findings.error(check, format!("{what} is overwritten"), CONDITIONS),
        Err(error) => findings.error(check, said_by_s3(&error), CONDITIONS),
    }
}
