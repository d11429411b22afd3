//! An S3-compatible bucket, configured by `ingest.toml` and the standard `AWS_*` environment variables.

use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};

use super::{TargetError, cause};

/// `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Url {
    /// Bucket.
    pub bucket: String,
    /// Key, prefix or glob, without slashes at its ends; may be empty.
    pub key: String,
}

impl S3Url {
    /// Parses an address; none where it is no URL and so names a local path.
    pub fn parse(address: &str) -> Result<Option<Self>, TargetError> {
        let invalid = |reason: &str| TargetError::Address {
            address: address.to_owned(),
            reason: reason.to_owned(),
        };
        let Some((scheme, rest)) = address.split_once("://") else {
            return Ok(None);
        };
        if scheme != "s3" {
            return Err(invalid("write a path, or s3://bucket/prefix"));
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(invalid("the bucket is missing: write s3://bucket/prefix"));
        }
        Ok(Some(Self {
            bucket: bucket.to_owned(),
            key: key.trim_matches('/').to_owned(),
        }))
    }
}

/// A client for the bucket. Plain HTTP is allowed for loopback endpoints only.
pub fn open_bucket(
    bucket: &str,
    endpoint: Option<&str>,
    region: Option<&str>,
) -> Result<AmazonS3, TargetError> {
    let endpoint = endpoint
        .map(str::to_owned)
        .or_else(|| std::env::var("AWS_ENDPOINT_URL_S3").ok())
        .or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_conditional_put(S3ConditionalPut::ETagMatch);
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_allow_http(is_loopback(&endpoint))
            .with_endpoint(endpoint);
    }
    builder.build().map_err(|error| TargetError::Bucket {
        bucket: bucket.to_owned(),
        cause: cause::at_s3(&error),
    })
}

fn is_loopback(endpoint: &str) -> bool {
    let Ok(url) = url::Url::parse(endpoint) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_or_s3_urls() {
        let url = |bucket: &str, key: &str| S3Url {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(
            S3Url::parse("s3://lake/gold/").expect("valid"),
            Some(url("lake", "gold"))
        );
        assert_eq!(S3Url::parse("s3://lake").expect("valid"), Some(url("lake", "")));
        assert_eq!(S3Url::parse(".goldpan/gold").expect("valid"), None);
        assert!(S3Url::parse("gs://lake/gold").is_err());
        assert!(S3Url::parse("s3:///gold").is_err());
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(is_loopback("http://127.0.0.1:9000"));
        assert!(is_loopback("http://localhost:9000"));
        assert!(!is_loopback("http://10.0.0.1:9000"));
        assert!(!is_loopback("http://localhost.example.com"));
    }
}
