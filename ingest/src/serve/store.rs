//! The embedded S3-compatible store: what a presigned URL reads on a laptop.
//!
//! `s3s-fs` keeps the objects. This wrapper adds what a lake needs of a store: conditional writes of one key
//! one after the other, ETags that are hashed once and not on each range, ranges in large chunks.
//!
//! Invariant: an answer's ETag is that of the bytes answered. Requests come through [`super::access`].
//!
//! Entry point: [`Store::folder`] for a gold root that others write, [`Store::buckets`] for a root whose
//! folders are buckets.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::fs::File;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::heads::Heads;
use super::keys;
use super::locks::KeyLocks;
use super::object;

/// The bucket that stands for the gold root of a folder target.
pub const GOLD_BUCKET: &str = "gold";

/// Objects in a folder.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    /// Absent where other programs write the folder: then its files are all there is.
    files: Option<Arc<FileSystem>>,
    heads: Arc<Heads>,
    locks: KeyLocks,
    /// Held as long as the store lives: [`KeyLocks`] are those of one process.
    _process_lock: Option<std::fs::File>,
}

impl Store {
    /// The bucket [`GOLD_BUCKET`] over a folder, to be read.
    pub(super) fn folder(root: PathBuf) -> Self {
        Self {
            root,
            files: None,
            heads: Arc::default(),
            locks: KeyLocks::default(),
            _process_lock: None,
        }
    }

    /// Each folder of the root is a bucket, to be read and written by the holder of the lock.
    pub(super) fn buckets(root: PathBuf, process_lock: std::fs::File) -> Result<Self, s3s_fs::Error> {
        let files = FileSystem::new(&root)?;
        Ok(Self {
            files: Some(Arc::new(files)),
            _process_lock: Some(process_lock),
            ..Self::folder(root)
        })
    }

    fn bucket_path(&self, bucket: &str) -> S3Result<PathBuf> {
        let path = match &self.files {
            None if bucket == GOLD_BUCKET => self.root.clone(),
            None => return Err(s3_error!(NoSuchBucket)),
            Some(_) => self.root.join(bucket),
        };
        if path.is_dir() {
            Ok(path)
        } else {
            Err(s3_error!(NoSuchBucket))
        }
    }

    fn path(&self, bucket: &str, key: &str) -> S3Result<PathBuf> {
        keys::check(key).map_err(|error| s3_error!(error, AccessDenied))?;
        Ok(self.bucket_path(bucket)?.join(key))
    }

    fn files(&self) -> S3Result<&Arc<FileSystem>> {
        self.files.as_ref().ok_or_else(|| s3_error!(AccessDenied))
    }

    async fn open(&self, bucket: &str, key: &str) -> S3Result<(File, HeadObjectOutput)> {
        let path = self.path(bucket, key)?;
        let (file, metadata) = object::open(&path).await?;
        if let Some(head) = self.heads.get(&path, &metadata) {
            return Ok((file, head));
        }
        let _no_writer = self.locks.lock(bucket, key).await;
        let (file, metadata) = object::open(&path).await?;
        if let Some(head) = self.heads.get(&path, &metadata) {
            return Ok((file, head));
        }
        let head = match &self.files {
            None => object::hash(&file, &metadata).await?,
            Some(files) => files.head_object(head_request(bucket, key)?).await?.output,
        };
        if !object::describes(&head, &metadata) {
            return Err(s3_error!(
                OperationAborted,
                "The object was replaced from outside: retry."
            ));
        }
        self.heads.remember(&path, &metadata, &head);
        Ok((file, head))
    }

    /// Runs a write of one key alone. It is a task of its own, so that a client that goes away does not stop
    /// it between the object and what is stored about it.
    async fn alone<T, F>(
        &self,
        bucket: &str,
        key: &str,
        write: impl FnOnce(Arc<FileSystem>) -> F,
    ) -> S3Result<T>
    where
        T: Send + 'static,
        F: Future<Output = S3Result<T>> + Send + 'static,
    {
        let path = self.path(bucket, key)?;
        let write = write(Arc::clone(self.files()?));
        let guard = self.locks.lock(bucket, key).await;
        let heads = Arc::clone(&self.heads);
        tokio::spawn(async move {
            let result = write.with_subscriber(NoSubscriber::default()).await;
            heads.forget(&path);
            drop(guard);
            result
        })
        .await
        .map_err(object::internal)?
    }
}

fn head_request(bucket: &str, key: &str) -> S3Result<S3Request<HeadObjectInput>> {
    let input = HeadObjectInput::builder()
        .bucket(bucket.to_owned())
        .key(key.to_owned())
        .build()
        .map_err(object::internal)?;
    Ok(S3Request {
        input,
        method: axum::http::Method::HEAD,
        uri: axum::http::Uri::default(),
        headers: axum::http::HeaderMap::new(),
        extensions: axum::http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    })
}

#[async_trait]
impl S3 for Store {
    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        let (file, head) = self.open(&input.bucket, &input.key).await?;
        object::check_conditions(&head, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        Ok(S3Response::new(object::read(file, head, input.range).await?))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = req.input;
        let (_, head) = self.open(&input.bucket, &input.key).await?;
        object::check_conditions(&head, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            ..head
        }))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.bucket_path(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.bucket_path(&req.input.bucket)?;
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        self.alone(&bucket, &key, |files| async move { files.put_object(req).await })
            .await
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        self.alone(&bucket, &key, |files| async move {
            files.complete_multipart_upload(req).await
        })
        .await
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        self.alone(
            &bucket,
            &key,
            |files| async move { files.delete_object(req).await },
        )
        .await
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let bucket = req.input.bucket.clone();
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in req.input.delete.objects.clone() {
            let one = DeleteObjectsInput {
                delete: Delete {
                    objects: vec![object.clone()],
                    quiet: None,
                },
                ..req.input.clone()
            };
            let one = req.clone().map_input(|_| one);
            match self
                .alone(&bucket, &object.key, |files| async move {
                    files.delete_objects(one).await
                })
                .await
            {
                Ok(response) => deleted.extend(response.output.deleted.into_iter().flatten()),
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: (!errors.is_empty()).then_some(errors),
            ..Default::default()
        }))
    }

    async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.files()?.create_bucket(req).await
    }

    async fn list_buckets(
        &self,
        req: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        self.files()?.list_buckets(req).await
    }

    async fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        self.files()?.list_objects(req).await
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.files()?.list_objects_v2(req).await
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.bucket_path(&req.input.bucket)?;
        self.files()?.create_multipart_upload(req).await
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.files()?.upload_part(req).await
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.files()?.list_parts(req).await
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.files()?.abort_multipart_upload(req).await
    }
}
