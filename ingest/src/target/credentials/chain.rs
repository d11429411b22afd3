//! Who is asked for credentials, in the order of AWS: variables, profile files, web identity, ECS, the machine's metadata.
//!
//! `object_store` has all of them but the profile files, with what these lead to: assumed roles, `credential_process`.
//! `aws-config` has the whole, kept by AWS.

use std::sync::Arc;
use std::time::SystemTime;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError as AwsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::tls;
use object_store::aws::AwsCredential;

use super::CredentialsError;
use crate::settings::{ENV_FILE, Environment};

/// What was handed out.
pub(super) struct Fetched {
    /// Who handed it out.
    pub from: String,
    pub credential: Arc<AwsCredential>,
    /// When it ends, if it does.
    pub ends: Option<SystemTime>,
}

/// Where credentials come from.
pub(super) enum Chain {
    /// Variables, and where they are: they do not end.
    Keys(Arc<AwsCredential>, String),
    /// Everything else: each is asked where those before it have none.
    Providers(Vec<(String, SharedCredentialsProvider)>),
}

impl Chain {
    /// The chain as these variables direct it. Makes no request.
    pub(super) async fn of(environment: &Environment) -> Result<Self, CredentialsError> {
        if let Some((keys, from)) = keys(environment)? {
            return Ok(Self::Keys(Arc::new(keys), from));
        }
        let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(ring)
            .build_https();
        let config = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(http)
            .with_region(region(environment).await.map(Region::new));
        let mut profile = ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_files(profile_files(environment));
        if let Some(name) = environment.value("AWS_PROFILE") {
            profile = profile.profile_name(name);
        }
        let mut web_identity = WebIdentityTokenCredentialsProvider::builder().configure(&config);
        if let (Some(file), Some(role)) = (
            environment.value("AWS_WEB_IDENTITY_TOKEN_FILE"),
            environment.value("AWS_ROLE_ARN"),
        ) {
            let session = environment.value("AWS_ROLE_SESSION_NAME").unwrap_or("ingest");
            web_identity = web_identity.static_configuration(StaticConfiguration {
                web_identity_token_file: file.into(),
                role_arn: role.to_owned(),
                session_name: session.to_owned(),
            });
        }
        let ecs = EcsCredentialsProvider::builder().configure(&config).build();
        let mut metadata = imds::Client::builder().configure(&config);
        if let Some(endpoint) = environment.value("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
            metadata = metadata.endpoint(endpoint).map_err(|_| {
                CredentialsError::invalid(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL: write http://host:port",
                )
            })?;
        }
        let metadata = imds::credentials::ImdsCredentialsProvider::builder()
            .configure(&config)
            .imds_client(metadata.build())
            .build();
        let profile_name = environment.value("AWS_PROFILE").unwrap_or("default");
        let mut chain = vec![
            (
                format!("profile {profile_name}"),
                SharedCredentialsProvider::new(profile.build()),
            ),
            (
                "web identity".to_owned(),
                SharedCredentialsProvider::new(web_identity.build()),
            ),
            (
                "the container's role".to_owned(),
                SharedCredentialsProvider::new(ecs),
            ),
        ];
        let is_disabled = environment
            .value("AWS_EC2_METADATA_DISABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if !is_disabled {
            chain.push((
                "the machine's role".to_owned(),
                SharedCredentialsProvider::new(metadata),
            ));
        }
        Ok(Self::Providers(chain))
    }

    /// Asks for credentials.
    pub(super) async fn fetch(&self) -> Result<Fetched, CredentialsError> {
        match self {
            Self::Keys(credential, from) => Ok(Fetched {
                from: from.clone(),
                credential: credential.clone(),
                ends: None,
            }),
            Self::Providers(chain) => {
                for (from, provider) in chain {
                    match provider.provide_credentials().await {
                        Ok(found) => {
                            return Ok(Fetched {
                                from: from.clone(),
                                ends: found.expiry(),
                                credential: Arc::new(AwsCredential {
                                    key_id: found.access_key_id().to_owned(),
                                    secret_key: found.secret_access_key().to_owned(),
                                    token: found.session_token().map(str::to_owned),
                                }),
                            });
                        }
                        Err(AwsError::CredentialsNotLoaded(_)) => {}
                        Err(error) => return Err(CredentialsError::failed(&error)),
                    }
                }
                Err(CredentialsError::none())
            }
        }
    }
}

/// The key pair of the process; else that of `.env`, unless the process names a profile, which is nearer. A pair and its
/// token come from one place: those of another would not fit.
fn keys(environment: &Environment) -> Result<Option<(AwsCredential, String)>, CredentialsError> {
    const ID: &str = "AWS_ACCESS_KEY_ID";
    const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    let pair = |find: &dyn Fn(&str) -> Option<String>| match (find(ID), find(SECRET)) {
        (Some(key_id), Some(secret_key)) => Ok(Some(AwsCredential {
            key_id,
            secret_key,
            token: find("AWS_SESSION_TOKEN"),
        })),
        (Some(_), None) => Err(CredentialsError::half(ID, SECRET)),
        (None, Some(_)) => Err(CredentialsError::half(SECRET, ID)),
        (None, None) => Ok(None),
    };
    let of_process = pair(&|name| environment.of_process_only(name).map(str::to_owned))?;
    if of_process.is_some() || environment.of_process_only("AWS_PROFILE").is_some() {
        return Ok(of_process.map(|pair| (pair, "variables of the environment".to_owned())));
    }
    let of_file = pair(&|name| environment.of_file_only(name).map(str::to_owned))?;
    Ok(of_file.map(|pair| (pair, format!("variables of {ENV_FILE}"))))
}

async fn region(environment: &Environment) -> Option<String> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    match variables.iter().find_map(|name| environment.value(name)) {
        Some(region) => Some(region.to_owned()),
        None => region_of_profile(environment).await,
    }
}

/// The region that the profile names, if it names one.
pub(crate) async fn region_of_profile(environment: &Environment) -> Option<String> {
    let mut provider = ProfileFileRegionProvider::builder().profile_files(profile_files(environment));
    if let Some(name) = environment.value("AWS_PROFILE") {
        provider = provider.profile_name(name);
    }
    let region = provider.build().region().await?;
    Some(region.as_ref().to_owned())
}

fn profile_files(environment: &Environment) -> EnvConfigFiles {
    let kinds = [
        ("AWS_CONFIG_FILE", EnvConfigFileKind::Config),
        ("AWS_SHARED_CREDENTIALS_FILE", EnvConfigFileKind::Credentials),
    ];
    let mut files = EnvConfigFiles::builder();
    for (variable, kind) in kinds {
        files = match (environment.value(variable), kind) {
            (Some(path), kind) => files.with_file(kind, path),
            (None, EnvConfigFileKind::Config) => files.include_default_config_file(true),
            (None, _) => files.include_default_credentials_file(true),
        };
    }
    files.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")];

    #[test]
    fn a_pair_and_its_token_come_from_one_place() {
        let environment = Environment::of(&PAIR, &[("AWS_SESSION_TOKEN", "of another pair")]);
        let (found, from) = keys(&environment).expect("valid").expect("found");
        assert_eq!(
            (found.token, from.as_str()),
            (None, "variables of the environment")
        );
    }

    #[test]
    fn a_profile_that_the_process_names_is_nearer_than_keys_of_the_file() {
        let environment = Environment::of(&[("AWS_PROFILE", "lake")], &PAIR);
        assert!(keys(&environment).expect("valid").is_none());
        assert!(keys(&Environment::of(&[], &PAIR)).expect("valid").is_some());
    }

    #[test]
    fn half_a_pair_is_refused_by_name() {
        let error = keys(&Environment::of(&PAIR[..1], &[])).expect_err("refused");
        assert!(
            error.to_string().contains("AWS_SECRET_ACCESS_KEY is not"),
            "{error}"
        );
    }
}
