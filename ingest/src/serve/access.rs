//! Who may do what at the embedded store, decided before a request is read.
//!
//! Invariant: without a valid signature nothing is answered; a key that [`keys::check`] refuses reaches no
//! file system call.

use async_trait::async_trait;
use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::keys;

/// What a reader needs.
const READ: &[&str] = &["GetObject", "HeadObject", "HeadBucket", "GetBucketLocation"];

/// What a writer and its tools need besides.
const WRITE: &[&str] = &[
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CreateBucket",
    "CreateMultipartUpload",
    "DeleteObject",
    "DeleteObjects",
    "ListBuckets",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "UploadPart",
];

/// The rule of one store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    /// Objects may be written and listed.
    pub(super) writable: bool,
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let denied = |message: String| Err(S3Error::with_message(S3ErrorCode::AccessDenied, message));
        if cx.credentials().is_none() {
            return denied("The request is not signed: use a presigned URL or SigV4 credentials.".to_owned());
        }
        let operation = cx.s3_op().name();
        if !(READ.contains(&operation) || self.writable && WRITE.contains(&operation)) {
            return denied(format!("{operation} is not allowed here."));
        }
        if let S3Path::Object { key, .. } = cx.s3_path()
            && let Err(error) = keys::check(key)
        {
            return denied(error.to_string());
        }
        Ok(())
    }
}
