//! Credentials of buckets: found once, renewed before they end.
//!
//! Invariant: one fetch at a time, whoever asks; what is handed out has not expired; nothing is looked for before a request
//! needs it. A secret is in no message and in no `Debug` output.
//!
//! Entry point: [`Credentials::of`], a [`CredentialProvider`] for every client of a project.

mod chain;
mod error;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use crate::settings::Environment;
use chain::Chain;
pub(crate) use chain::region_of_profile;
pub(crate) use error::CredentialsError;

/// Credentials are renewed this long before they end, or at half of what is left where that is less: AWS has new ones
/// ready five minutes before.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Pause after a renewal that failed while the present credentials still hold.
const PAUSE: Duration = Duration::from_secs(1);

/// The default chain of AWS, with what it found.
pub(crate) struct Credentials {
    environment: Environment,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chain: Option<Chain>,
    held: Option<Held>,
}

/// Credentials and their life.
struct Held {
    from: String,
    credential: Arc<AwsCredential>,
    /// None where they do not end.
    life: Option<Life>,
}

#[derive(Clone, Copy)]
struct Life {
    ends: SystemTime,
    renew: SystemTime,
}

impl Credentials {
    /// The chain as these variables direct it.
    pub(crate) fn of(environment: Environment) -> Arc<Self> {
        Arc::new(Self {
            environment,
            state: Mutex::default(),
        })
    }

    /// Where the credentials are found, and when they end, if they do.
    pub(crate) async fn found(&self) -> Result<(String, Option<SystemTime>), CredentialsError> {
        self.current().await?;
        let state = self.state.lock().await;
        let held = state.held.as_ref().ok_or_else(CredentialsError::none)?;
        Ok((held.from.clone(), held.life.map(|life| life.ends)))
    }

    async fn current(&self) -> Result<Arc<AwsCredential>, CredentialsError> {
        let mut state = self.state.lock().await;
        let now = SystemTime::now();
        if let Some(held) = state.held.as_ref().filter(|held| !held.is_due(now)) {
            return Ok(held.credential.clone());
        }
        if state.chain.is_none() {
            state.chain = Some(Chain::of(&self.environment).await?);
        }
        let State { chain, held } = &mut *state;
        let Some(chain) = chain else {
            return Err(CredentialsError::none());
        };
        match chain.fetch().await {
            Ok(fetched) => {
                let credential = fetched.credential.clone();
                *held = Some(Held {
                    from: fetched.from,
                    life: fetched.ends.map(|ends| Life::until(ends, SystemTime::now())),
                    credential: fetched.credential,
                });
                Ok(credential)
            }
            Err(error) => match held {
                Some(held) if held.holds(SystemTime::now()) => {
                    tracing::warn!("credentials are not renewed yet, the present ones still hold: {error}");
                    held.postpone(SystemTime::now() + PAUSE);
                    Ok(held.credential.clone())
                }
                _ => Err(error),
            },
        }
    }
}

impl Held {
    fn is_due(&self, now: SystemTime) -> bool {
        self.life.is_some_and(|life| life.renew <= now)
    }

    fn holds(&self, now: SystemTime) -> bool {
        self.life.is_none_or(|life| life.ends > now)
    }

    fn postpone(&mut self, until: SystemTime) {
        if let Some(life) = &mut self.life {
            life.renew = until.min(life.ends);
        }
    }
}

impl Life {
    fn until(ends: SystemTime, now: SystemTime) -> Self {
        let left = ends.duration_since(now).unwrap_or_default();
        Self {
            ends,
            renew: now + (left / 2).max(left.saturating_sub(EARLY)),
        }
    }
}

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        self.current()
            .await
            .map_err(|error| object_store::Error::Generic {
                store: "S3",
                source: Box::new(error),
            })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewed_after(life: Duration) -> Duration {
        let now = SystemTime::UNIX_EPOCH;
        let life = Life::until(now + life, now);
        life.renew.duration_since(now).expect("later")
    }

    #[test]
    fn long_lives_are_renewed_five_minutes_early_and_short_ones_at_half() {
        assert_eq!(
            renewed_after(Duration::from_secs(3600)),
            Duration::from_secs(3300)
        );
        assert_eq!(renewed_after(Duration::from_secs(8)), Duration::from_secs(4));
        assert_eq!(renewed_after(Duration::ZERO), Duration::ZERO);
    }

    #[tokio::test]
    async fn keys_of_the_environment_are_taken_as_they_are_and_not_shown() {
        let environment = Environment::of(
            &[],
            &[("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "S3KRET")],
        );
        let credentials = Credentials::of(environment);
        let credential = credentials.get_credential().await.expect("found");
        assert_eq!(
            (credential.key_id.as_str(), credential.secret_key.as_str()),
            ("AKID", "S3KRET")
        );
        assert!(!format!("{credentials:?}").contains("S3KRET"));
    }
}
