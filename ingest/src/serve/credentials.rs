//! The key pair that signs for, and is verified by, the embedded store.
//!
//! Invariant: the secret is not printed.

use std::fmt;

use crate::settings::Environment;

/// An access key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Public half, visible in every signed URL.
    pub access_key_id: String,
    /// Never leaves the process.
    pub secret_access_key: String,
}

impl Credentials {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, where both are set.
    pub fn from_environment(environment: &Environment) -> Option<Self> {
        let read = |name| environment.value(name).map(str::to_owned);
        Some(Self {
            access_key_id: read("AWS_ACCESS_KEY_ID")?,
            secret_access_key: read("AWS_SECRET_ACCESS_KEY")?,
        })
    }

    /// A pair that lives as long as this process.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 40];
        getrandom::fill(&mut bytes)?;
        let (id, secret) = bytes.split_at(8);
        Ok(Self {
            access_key_id: format!("GOLDPAN{}", hex::encode_upper(id)),
            secret_access_key: hex::encode(secret),
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_pairs_differ_and_hide_their_secret() {
        let one = Credentials::random().expect("entropy");
        let other = Credentials::random().expect("entropy");
        assert_ne!(one, other);
        assert_eq!(one.secret_access_key.len(), 64);
        assert!(!format!("{one:?}").contains(&one.secret_access_key));
    }
}
