//! A stand-in for the metadata service of EC2, the credentials endpoint of ECS, and STS: hands out session tokens that end
//! within seconds.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;

use super::fixture::{KEY_ID, SECRET};

/// What a client of ECS must show.
pub const CONTAINER_TOKEN: &str = "container-authorisation-secret";
const IMDS_TOKEN: &str = "imds-session-token";
const ROLE: &str = "lake-writer";

/// The service, and the tokens that it gave.
#[derive(Clone)]
pub struct Metadata {
    /// Where it listens.
    pub url: String,
    state: Shared,
}

#[derive(Clone)]
struct Shared {
    life: Duration,
    given: Arc<Mutex<Vec<Given>>>,
}

/// A session token and when it ends.
#[derive(Debug, Clone)]
pub struct Given {
    pub token: String,
    pub ends: Instant,
}

impl Metadata {
    /// Starts one whose credentials live so long.
    pub async fn start(life: Duration) -> Self {
        let state = Shared {
            life,
            given: Arc::default(),
        };
        let router = Router::new()
            .route("/latest/api/token", put(imds_token))
            .route("/latest/meta-data/iam/security-credentials/", get(imds_role))
            .route(
                "/latest/meta-data/iam/security-credentials/{role}",
                get(imds_credentials),
            )
            .route("/ecs", get(ecs_credentials))
            .route("/", post(sts))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, state }
    }

    /// What it gave, in order.
    pub fn given(&self) -> Vec<Given> {
        self.state.given.lock().unwrap().clone()
    }
}

impl Shared {
    /// New credentials: the same key pair with another session token.
    fn give(&self) -> (String, Timestamp) {
        let mut given = self.given.lock().unwrap();
        let token = format!("session-secret-{}", given.len() + 1);
        given.push(Given {
            token: token.clone(),
            ends: Instant::now() + self.life,
        });
        let ends = Timestamp::try_from(SystemTime::now() + self.life).unwrap();
        (token, ends)
    }

    fn give_json(&self) -> String {
        let (token, ends) = self.give();
        json!({
            "Code": "Success",
            "Type": "AWS-HMAC",
            "LastUpdated": Timestamp::now().to_string(),
            "AccessKeyId": KEY_ID,
            "SecretAccessKey": SECRET,
            "Token": token,
            "Expiration": ends.to_string(),
        })
        .to_string()
    }
}

fn is(headers: &HeaderMap, name: &str, value: &str) -> Result<(), StatusCode> {
    match headers.get(name) {
        Some(found) if found == value => Ok(()),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}

async fn imds_token(
    headers: HeaderMap,
) -> Result<([(&'static str, &'static str); 1], &'static str), StatusCode> {
    let life = headers
        .get("x-aws-ec2-metadata-token-ttl-seconds")
        .ok_or(StatusCode::BAD_REQUEST)?;
    assert!(life.to_str().unwrap().parse::<u32>().unwrap() > 0);
    Ok(([("x-aws-ec2-metadata-token-ttl-seconds", "21600")], IMDS_TOKEN))
}

async fn imds_role(headers: HeaderMap) -> Result<&'static str, StatusCode> {
    is(&headers, "x-aws-ec2-metadata-token", IMDS_TOKEN)?;
    Ok(ROLE)
}

async fn imds_credentials(
    State(state): State<Shared>,
    Path(role): Path<String>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    is(&headers, "x-aws-ec2-metadata-token", IMDS_TOKEN)?;
    assert_eq!(role, ROLE);
    Ok(state.give_json())
}

async fn ecs_credentials(State(state): State<Shared>, headers: HeaderMap) -> Result<String, StatusCode> {
    is(&headers, "authorization", CONTAINER_TOKEN)?;
    Ok(state.give_json())
}

async fn sts(State(state): State<Shared>, body: String) -> Result<String, StatusCode> {
    if !body.contains("Action=AssumeRoleWithWebIdentity")
        || !body.contains("WebIdentityToken=identity-secret")
    {
        return Err(StatusCode::FORBIDDEN);
    }
    let (token, ends) = state.give();
    Ok(format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{KEY_ID}</AccessKeyId>\
         <SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>{ends}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
         </AssumeRoleWithWebIdentityResponse>"
    ))
}
