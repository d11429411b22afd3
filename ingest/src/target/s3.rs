//! An S3-compatible bucket, configured by the settings and the standard `AWS_*` variables of environment and `.env`.

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::{ClientConfigKey, CredentialProvider, RetryConfig};

use super::credentials::region_of_profile;
use super::{TargetError, cause};
use crate::project::{Project, ProjectError};
use crate::settings::{SettingError, declared};

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

/// A client for the bucket, by the project's settings. `endpoint` and `region` are those of a source or target, where it
/// has some. Plain HTTP is for loopback endpoints, and for others where `AWS_ALLOW_HTTP` says so.
pub async fn open_bucket(
    project: &Project,
    bucket: &str,
    endpoint: Option<&str>,
    region: Option<&str>,
) -> Result<AmazonS3, TargetError> {
    let (settings, environment) = (project.settings(), project.environment());
    let endpoint = endpoint.or(settings.source_endpoint.as_deref());
    let region = match region.or(settings.source_region.as_deref()) {
        Some(region) => Some(region.to_owned()),
        None => region_of_profile(environment).await,
    };
    let mut builder = AmazonS3Builder::new();
    for (name, value) in environment.starting_with("AWS_") {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let allow_http = AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp);
    let allows_http = builder
        .get_config_value(&allow_http)
        .is_some_and(|value| ["true", "1"].contains(&value.to_ascii_lowercase().as_str()));
    builder = builder
        .with_bucket_name(bucket)
        .with_credentials(project.credentials())
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig {
            max_retries: settings.max_retries,
            retry_timeout: settings.retry_timeout,
            ..RetryConfig::default()
        });
    match (endpoint, &region) {
        (Some(endpoint), _) => {
            let is_allowed = endpoint.starts_with("https://") || allows_http || is_loopback(endpoint);
            if !is_allowed {
                return Err(TargetError::Address {
                    address: endpoint.to_owned(),
                    reason: "it is not encrypted; write https://, or set AWS_ALLOW_HTTP=true where the network is trusted"
                        .to_owned(),
                });
            }
            builder = builder.with_allow_http(true).with_endpoint(endpoint);
        }
        (None, None) => {
            let missing = SettingError::Missing {
                name: declared::REGION.name,
                reason: format!("and bucket {bucket} is at AWS, which needs it"),
                places: format!(
                    "{}, or in the profile of AWS_PROFILE",
                    project.places(&declared::REGION)
                ),
            };
            return Err(ProjectError::from(missing).into());
        }
        (None, Some(_)) => {}
    }
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    builder.build().map_err(|error| TargetError::Bucket {
        bucket: bucket.to_owned(),
        cause: cause::at_s3(&error),
    })
}

/// Fails where requests to the bucket could not be signed.
pub(super) async fn need_credentials(project: &Project, bucket: &str) -> Result<(), TargetError> {
    let is_unsigned = |value: &str| value.eq_ignore_ascii_case("true");
    if project
        .environment()
        .value("AWS_SKIP_SIGNATURE")
        .is_some_and(is_unsigned)
    {
        return Ok(());
    }
    match project.credentials().get_credential().await {
        Ok(_) => Ok(()),
        Err(error) => Err(TargetError::Bucket {
            bucket: bucket.to_owned(),
            cause: cause::at_s3(&error),
        }),
    }
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
