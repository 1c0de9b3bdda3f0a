//! Ports for programs that have to be told one, and cannot take any that is free.

use std::net::{SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that systems take for outgoing connections, of which tests make thousands: one of
/// them could have the port before the program does.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// An address on loopback that nobody listens at, and that this process is not given again.
#[must_use]
pub fn free() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Test programs that run side by side begin far from each other.
    let first = process::id().wrapping_mul(101);
    for _ in 0..COUNT {
        let offset = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + offset).expect("a port");
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().expect("an address");
        }
    }
    unreachable!("no port is free from {FIRST} on");
}
