//! The port that the proxy listens on, which can be closed and opened again.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::relay::Relay;

/// How many connections may wait until they are accepted.
const BACKLOG: u32 = 1024;

/// What the door is told to do; it answers when it is done.
pub(super) enum Command {
    Close(mpsc::Sender<()>),
    Open(mpsc::Sender<()>),
}

enum State {
    Open(TcpListener),
    /// The port is bound, so that nobody else gets it, but nobody listens: the system refuses
    /// connections.
    Closed(TcpSocket),
}

pub(super) struct Door {
    address: SocketAddr,
    state: State,
    connections: JoinSet<()>,
}

impl Door {
    pub(super) fn open(address: SocketAddr) -> Self {
        let listener = bind(address).listen(BACKLOG).expect("a free port");
        Self {
            address: listener.local_addr().expect("an address"),
            state: State::Open(listener),
            connections: JoinSet::new(),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets connections in and obeys, until nobody is left to command.
    pub(super) async fn keep(
        mut self,
        mut commands: UnboundedReceiver<Command>,
        relay: Arc<Relay>,
    ) {
        loop {
            tokio::select! {
                stream = accept(&self.state) => {
                    self.connections.spawn(serve(stream, Arc::clone(&relay)));
                }
                Some(_) = self.connections.join_next() => {}
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        let done = match command {
            Command::Close(done) => {
                self.close().await;
                done
            }
            Command::Open(done) => {
                self.reopen();
                done
            }
        };
        // Whoever asked may be gone.
        let _ = done.send(());
    }

    async fn close(&mut self) {
        if let State::Open(_) = self.state {
            // The port can only be bound again when the listener is gone.
            self.state = State::Closed(socket());
            self.state = State::Closed(bind(self.address));
            self.connections.shutdown().await;
        }
    }

    fn reopen(&mut self) {
        if let State::Closed(_) = self.state {
            let State::Closed(bound) = std::mem::replace(&mut self.state, State::Closed(socket()))
            else {
                unreachable!("it was closed a line ago");
            };
            self.state = State::Open(bound.listen(BACKLOG).expect("the port is still ours"));
        }
    }
}

fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Connections of before that the system still remembers must not keep the port.
    socket.set_reuseaddr(true).expect("an option of the socket");
    socket
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = socket();
    socket.bind(address).expect("a free port");
    socket
}

async fn accept(state: &State) -> TcpStream {
    match state {
        State::Open(listener) => loop {
            match listener.accept().await {
                Ok((stream, _)) => return stream,
                // The client is gone already, or there are no file descriptors left for a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        },
        State::Closed(_) => std::future::pending().await,
    }
}

async fn serve(stream: TcpStream, relay: Arc<Relay>) {
    // Without this, an answer could wait for the client's acknowledgement of its first half.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| Arc::clone(&relay).answer(request));
    // Clients hang up as they like, and on some of them so does the relay.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
