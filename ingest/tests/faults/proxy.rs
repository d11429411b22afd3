//! A proxy before a store that spoils requests. It speaks just enough HTTP for that: one request on a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and not forwarded.
    Refused(u16),
    /// The connection is closed and nothing forwarded.
    Dropped,
    /// It is forwarded, and the connection closed without an answer.
    Unanswered,
    /// It is forwarded, and answered with this status instead of its own.
    Misreported(u16),
    /// It is forwarded, and the answer comes late.
    Late,
    /// Half of its body is forwarded, and the connection closed. Where it has none, half of the answer is.
    Torn,
}

/// Which requests are spoiled, counted from 0.
#[derive(Debug, Clone, Copy)]
enum Spoiled {
    None,
    One(usize, Fault),
    From(usize, Fault),
    /// This one is forwarded when it is released.
    Held(usize),
}

#[derive(Debug)]
struct State {
    seen: usize,
    spoiled: Spoiled,
}

pub struct Proxy {
    pub endpoint: String,
    state: Arc<Mutex<State>>,
    released: Arc<Notify>,
}

impl Proxy {
    pub async fn before(store: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let endpoint = format!("http://{}", listener.local_addr().expect("address"));
        let state = Arc::new(Mutex::new(State {
            seen: 0,
            spoiled: Spoiled::None,
        }));
        let released = Arc::new(Notify::new());
        let shared = (Arc::clone(&state), Arc::clone(&released));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("connection");
                let (state, released) = shared.clone();
                tokio::spawn(async move {
                    // A connection that ends early is what this is for.
                    let _ = serve(client, store, &state, &released).await;
                });
            }
        });
        Self {
            endpoint,
            state,
            released,
        }
    }

    fn arm(&self, spoiled: Spoiled) {
        *self.state.lock().expect("not poisoned") = State { seen: 0, spoiled };
    }

    /// From now on only the request of this number is spoiled.
    pub fn spoil(&self, number: usize, fault: Fault) {
        self.arm(Spoiled::One(number, fault));
    }

    /// From now on all requests from this number on are spoiled.
    pub fn spoil_from(&self, number: usize, fault: Fault) {
        self.arm(Spoiled::From(number, fault));
    }

    /// The request of this number waits until it is released.
    pub fn hold(&self, number: usize) {
        self.arm(Spoiled::Held(number));
    }

    pub fn release(&self) {
        self.released.notify_one();
    }

    /// Waits for as many requests.
    pub async fn until_seen(&self, count: usize) {
        while self.seen() < count {
            tokio::task::yield_now().await;
        }
    }

    /// From now on all is well.
    pub fn mend(&self) {
        self.arm(Spoiled::None);
    }

    /// Requests since the last of the calls above.
    pub fn seen(&self) -> usize {
        self.state.lock().expect("not poisoned").seen
    }
}

impl State {
    /// Whether the request has to wait, and what happens to it.
    fn next(&mut self) -> (bool, Option<Fault>) {
        let number = self.seen;
        self.seen += 1;
        match self.spoiled {
            Spoiled::One(at, fault) if at == number => (false, Some(fault)),
            Spoiled::From(at, fault) if at <= number => (false, Some(fault)),
            Spoiled::Held(at) => (at == number, None),
            _ => (false, None),
        }
    }
}

async fn serve(
    mut client: TcpStream,
    store: SocketAddr,
    state: &Mutex<State>,
    released: &Notify,
) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut client).await? else {
        return Ok(());
    };
    let (is_held, fault) = state.lock().expect("not poisoned").next();
    if is_held {
        released.notified().await;
    }
    match fault {
        Some(Fault::Refused(status)) => return client.write_all(&plain(status)).await,
        Some(Fault::Dropped) => return Ok(()),
        Some(Fault::Torn) if !body.is_empty() => {
            return tear(&head, &body[..body.len() / 2], store).await;
        }
        _ => {}
    }
    let answer = forward(&head, &body, store).await?;
    match fault {
        Some(Fault::Unanswered) => Ok(()),
        Some(Fault::Misreported(status)) => client.write_all(&plain(status)).await,
        Some(Fault::Torn) => client.write_all(&answer[..answer.len() / 2]).await,
        Some(Fault::Late) => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            client.write_all(&answer).await
        }
        _ => client.write_all(&answer).await,
    }
}

/// Head and body of a request; none where the client closes the connection instead.
async fn request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let head_bytes = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let mut body = bytes.split_off(head_bytes);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let body_bytes = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().expect("a number"));
    while body.len() < body_bytes {
        if client.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((head, body)))
}

/// The answer of the store.
async fn forward(head: &str, body: &[u8], store: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut store = send(head, body, store).await?;
    let mut answer = Vec::new();
    store.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Sends a part of a request and waits until the store has given up on it.
async fn tear(head: &str, part: &[u8], store: SocketAddr) -> std::io::Result<()> {
    let mut store = send(head, part, store).await?;
    store.shutdown().await?;
    store.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// The headers that are signed stay as they are.
async fn send(head: &str, body: &[u8], store: SocketAddr) -> std::io::Result<TcpStream> {
    let lines = head
        .trim_end()
        .split("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\nConnection: close\r\n\r\n";
    let mut store = TcpStream::connect(store).await?;
    store.write_all(head.as_bytes()).await?;
    store.write_all(body).await?;
    Ok(store)
}

fn plain(status: u16) -> Vec<u8> {
    let body = "<?xml version=\"1.0\"?><Error><Code>Spoiled</Code><Message>By the test.</Message></Error>";
    format!(
        "HTTP/1.1 {status} Spoiled\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
