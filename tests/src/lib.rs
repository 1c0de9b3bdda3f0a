//! Tests that cross crates: whole flows, through the real binaries
