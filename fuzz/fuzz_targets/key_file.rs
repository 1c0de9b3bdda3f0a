//! Whatever stands in a key file, it is refused or every key of it is strong, and no error repeats it.
#![no_main]

use std::cell::LazyCell;
use std::fs;
use std::io::Write;

use libfuzzer_sys::{Corpus, fuzz_target};
use tempfile::NamedTempFile;
use tollgate_core::key::Key;
use tollgate_core::key_source::KeySource;
use tollgate_embedded::KeyFile;
use tollgate_fuzz::block_on;

thread_local! {
    static FILE: LazyCell<NamedTempFile> = LazyCell::new(|| {
        let file = NamedTempFile::new_in("/dev/shm").or_else(|_| NamedTempFile::new());
        file.expect("a temporary file")
    });
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let path = FILE.with(|file| {
        let mut file = fs::File::create(file.path()).expect("the file");
        file.write_all(data).expect("room for it");
        FILE.with(|file| file.path().to_owned())
    });
    let lines: Vec<&str> = std::str::from_utf8(data)
        .into_iter()
        .flat_map(str::lines)
        .map(str::trim)
        .collect();
    let secrets = lines
        .iter()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    match block_on(KeyFile::new(&path).load()) {
        Ok(ring) => {
            let secrets: Vec<&&str> = secrets.collect();
            assert_eq!(ring.iter().count(), secrets.len());
            assert!(
                secrets.iter().all(|secret| secret.len() >= Key::MIN_BYTES),
                "a weak key"
            );
            assert!(ring.iter().all(|key| ring.get(key.id()).is_some()));
        }
        Err(error) => {
            // An error says which file it is, and so may the file.
            let path = path.to_string_lossy();
            let said =
                [format!("{error}"), format!("{error:?}")].map(|said| said.replace(&*path, ""));
            for secret in secrets.filter(|secret| secret.len() >= Key::MIN_BYTES) {
                assert!(
                    !said.iter().any(|said| said.contains(secret)),
                    "an error repeats a secret"
                );
            }
        }
    }
    Corpus::Keep
});
