//! Why there are no credentials.

/// What to do where nothing in the chain has credentials.
const PLACES: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment or in .env beside ingest.toml; \
                      or AWS_PROFILE to a profile of ~/.aws/config or ~/.aws/credentials; or run where a role is attached \
                      (web identity, ECS, EC2)";

/// Credentials that were not found, or not handed out. The message holds its cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CredentialsError(String);

impl CredentialsError {
    /// Nobody in the chain has any.
    pub(super) fn none() -> Self {
        Self(format!("no credentials were found: {PLACES}"))
    }

    /// Half of a pair is set.
    pub(super) fn half(set: &str, missing: &str) -> Self {
        Self(format!("{set} is set and {missing} is not: set both, or neither"))
    }

    /// A variable that says nothing usable.
    pub(super) fn invalid(reason: &str) -> Self {
        Self(reason.to_owned())
    }

    /// Someone in the chain should have them and failed.
    pub(super) fn failed(error: &aws_credential_types::provider::error::CredentialsError) -> Self {
        use aws_credential_types::provider::error::CredentialsError as Failure;
        if matches!(error, Failure::CredentialsNotLoaded(_)) {
            return Self::none();
        }
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            let said = next.to_string();
            if !text.contains(&said) {
                text = format!("{text}: {said}");
            }
            cause = next.source();
        }
        Self(format!(
            "no credentials were handed out: {}. To go another way, {PLACES}",
            text.trim_end_matches('.')
        ))
    }
}
