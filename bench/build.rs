//! Which compiler the numbers were measured with.

use std::process::Command;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says with a variable which compiler it uses"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rustc = std::env::var_os("RUSTC").ok_or("cargo sets RUSTC")?;
    let output = Command::new(rustc).arg("--version").output()?;
    let version = String::from_utf8(output.stdout)?;
    let version = version.split(' ').nth(1).ok_or("rustc has no version")?;
    println!("cargo::rustc-env=RUST_VERSION={version}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
