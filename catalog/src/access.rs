//! How a browser gets at the objects below a gold root.
//!
//! Invariant: a signed URL is a secret. The types that hold one do not print it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The site's configuration file, next to `index.html`.
pub const SITE_CONFIG: &str = "goldpan.json";

/// What `goldpan.json` says. A site without a lake (`"lake": null`) only opens files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteConfig {
    /// The lake that the page opens at start.
    #[serde(default)]
    pub lake: Option<LakeAccess>,
}

/// The three ways to reach objects. URLs may be relative to the page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LakeAccess {
    /// Ask an endpoint for presigned URLs: POST a [`SignRequest`], get a [`SignedUrls`].
    SigningEndpoint {
        /// Where to POST.
        url: String,
    },
    /// A file that holds a presigned URL for each object: a [`SignedUrls`] as `ingest presign` writes it.
    SignedBundle {
        /// Where to GET it.
        url: String,
    },
    /// Public objects, or, on the page's own origin, cookies that the browser sends: the key is appended.
    BaseUrl {
        /// Ends with `/`.
        url: String,
    },
}

impl fmt::Debug for LakeAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SigningEndpoint { .. } => "SigningEndpoint",
            Self::SignedBundle { .. } => "SignedBundle",
            Self::BaseUrl { .. } => "BaseUrl",
        })
    }
}

/// Asks for URLs of objects below the gold root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignRequest {
    /// Keys below the gold root.
    pub keys: Vec<String>,
}

/// Presigned GET URLs by key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedUrls {
    /// When the first of them stops working: milliseconds since 1970, UTC.
    pub expires_at_ms: u64,
    /// One URL for each key.
    pub urls: BTreeMap<String, String>,
}

impl fmt::Debug for SignedUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUrls")
            .field("expires_at_ms", &self.expires_at_ms)
            .field("keys", &self.urls.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_signature() {
        let signed = SignedUrls {
            expires_at_ms: 0,
            urls: BTreeMap::from([(
                "catalog.json".to_owned(),
                "https://b/?X-Amz-Signature=s3cret".to_owned(),
            )]),
        };
        let access = LakeAccess::SignedBundle {
            url: "https://b/bundle.json?X-Amz-Signature=s3cret".to_owned(),
        };
        let printed = format!("{signed:?} {access:?}");
        assert!(printed.contains("catalog.json"), "{printed}");
        assert!(!printed.contains("s3cret"), "{printed}");
    }

    #[test]
    fn site_configuration_reads_as_documented() {
        let config: SiteConfig =
            serde_json::from_str(r#"{"lake": {"kind": "signing_endpoint", "url": "sign"}}"#).expect("parses");
        assert_eq!(
            config.lake,
            Some(LakeAccess::SigningEndpoint {
                url: "sign".to_owned()
            })
        );
        assert_eq!(
            serde_json::from_str::<SiteConfig>("{}").expect("parses"),
            SiteConfig::default()
        );
    }
}
