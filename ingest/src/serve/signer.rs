//! Presigned GET URLs for keys below a gold root.
//!
//! Invariant: only keys that [`keys::check`] accepts are signed, and only for GET; a URL is never logged.
//!
//! Entry point: [`UrlSigner::sign`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::Method;
use catalog::access::SignedUrls;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer;
use url::Url;

use super::credentials::Credentials;
use super::keys::{self, KeyError};

/// The longest life of a SigV4 URL.
pub const MAX_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The caller asked for something that is not an object of the lake.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There are no credentials, or they cannot be refreshed.
    #[error(
        "cannot sign for bucket {bucket}: {reason}. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of this machine"
    )]
    Credentials {
        /// The bucket.
        bucket: String,
        /// What the client said.
        reason: String,
    },
    /// The client cannot be made, for example of an endpoint that is no URL.
    #[error("cannot sign for {endpoint}: {reason}")]
    Endpoint {
        /// As it was given.
        endpoint: String,
        /// What the client said.
        reason: String,
    },
}

/// Signs for one gold root.
#[derive(Clone)]
pub struct UrlSigner {
    store: Arc<AmazonS3>,
    bucket: String,
    prefix: String,
}

impl UrlSigner {
    /// Signs with a store's own credentials.
    pub fn of_store(store: Arc<AmazonS3>, bucket: &str, prefix: &str) -> Self {
        Self {
            store,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// Signs with a fixed key pair for an endpoint that addresses buckets by path.
    pub fn of_endpoint(
        endpoint: &str,
        credentials: &Credentials,
        bucket: &str,
        prefix: &str,
    ) -> Result<Self, SignError> {
        let store = AmazonS3Builder::new()
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_allow_http(true)
            .with_virtual_hosted_style_request(false)
            .with_region("us-east-1")
            .with_bucket_name(bucket)
            .with_access_key_id(&credentials.access_key_id)
            .with_secret_access_key(&credentials.secret_access_key)
            .build()
            .map_err(|error| SignError::Endpoint {
                endpoint: endpoint.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self::of_store(Arc::new(store), bucket, prefix))
    }

    /// One URL for each key, all of the same life.
    pub async fn sign(&self, keys: &[String], ttl: Duration) -> Result<SignedUrls, SignError> {
        let paths = keys
            .iter()
            .map(|key| self.path(key))
            .collect::<Result<Vec<_>, _>>()?;
        // Taken before signing and in whole seconds, as SigV4 counts: never later than the true end.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires_at = Duration::from_secs(now.as_secs()) + ttl;
        let urls = self
            .store
            .signed_urls(Method::GET, &paths, ttl)
            .await
            .map_err(|error| self.no_credentials(&error))?;
        Ok(SignedUrls {
            expires_at_ms: u64::try_from(expires_at.as_millis()).unwrap_or(u64::MAX),
            urls: keys
                .iter()
                .cloned()
                .zip(urls.into_iter().map(String::from))
                .collect(),
        })
    }

    /// Scheme, host and port that the URLs begin with.
    pub async fn origin(&self) -> Result<String, SignError> {
        let signed = self.sign(&[catalog::keys::CATALOG.to_owned()], MAX_TTL).await?;
        let url = signed.urls.into_values().next().unwrap_or_default();
        Ok(Url::parse(&url).map_or_else(|_| url, |url| url.origin().ascii_serialization()))
    }

    /// Whether the credentials end by themselves, and every URL with them.
    pub async fn is_temporary(&self) -> Result<bool, SignError> {
        let credential = self.store.credentials().get_credential().await;
        Ok(credential
            .map_err(|error| self.no_credentials(&error))?
            .token
            .is_some())
    }

    fn no_credentials(&self, error: &object_store::Error) -> SignError {
        SignError::Credentials {
            bucket: self.bucket.clone(),
            reason: error.to_string(),
        }
    }

    fn path(&self, key: &str) -> Result<Path, KeyError> {
        keys::check(key)?;
        let full = match self.prefix.as_str() {
            "" => key.to_owned(),
            prefix => format!("{prefix}/{key}"),
        };
        Path::parse(full).map_err(|_| KeyError::unusual(key))
    }
}

impl fmt::Debug for UrlSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSigner")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// A life such as `15m`, `12h` or `7d`.
pub fn parse_ttl(text: &str) -> Result<Duration, String> {
    let ttl = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write a duration such as 15m, 12h or 7d"))?;
    if ttl < Duration::from_secs(1) || ttl > MAX_TTL {
        return Err("a signed URL lives from 1s to 7d".to_owned());
    }
    Ok(ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_durations_up_to_seven_days() {
        assert_eq!(parse_ttl("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse_ttl("7d"), Ok(MAX_TTL));
        for text in ["8d", "0s", "10ms", "soon", "12"] {
            assert!(parse_ttl(text).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn keys_are_signed_below_the_prefix_and_nowhere_else() {
        let credentials = Credentials::random().expect("entropy");
        let signer =
            UrlSigner::of_endpoint("http://127.0.0.1:9/", &credentials, "lake", "gold").expect("signer");
        let key = "tables/t/year=2001/a b.parquet".to_owned();
        let signed = signer
            .sign(std::slice::from_ref(&key), MAX_TTL)
            .await
            .expect("signed");
        let url = Url::parse(&signed.urls[&key]).expect("a URL");
        assert!(
            url.as_str()
                .starts_with("http://127.0.0.1:9/lake/gold/tables/t/year"),
            "{url}"
        );
        assert!(
            url.query_pairs()
                .any(|(name, value)| name == "X-Amz-Expires" && value == "604800")
        );
        assert_eq!(signer.origin().await.expect("origin"), "http://127.0.0.1:9");
        let outside = signer.sign(&["../secret".to_owned()], MAX_TTL).await;
        assert!(matches!(outside, Err(SignError::Key(_))));
        assert!(!format!("{signer:?}").contains(&credentials.access_key_id));
    }
}
