//! Keys in a file: one secret on each line, the newest first. The first signs, all verify.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use tollgate_core::key::{Key, KeyId, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError};

const HEADER: &str = "\
# Signing keys of Tollgate, one on each line, the newest first: it signs, and all verify.
# Whoever can read this file can make tokens. `tollgate keys rotate` adds a key, `drop` removes one.
";

/// A file of keys that nobody but its owner can read.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

/// What [`KeyFile::rotate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Signs from now on.
    pub current: KeyId,
    /// Go on verifying.
    pub older: Vec<KeyId>,
    /// Verify no more: there were more than [`KeyFile::MAX_OLDER`].
    pub dropped: Vec<KeyId>,
}

/// What [`KeyFile::remove`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The key verifies no more.
    Removed,
    /// Nothing: it signs.
    Signs,
    /// Nothing: there is no such key.
    Absent,
}

impl KeyFile {
    /// How many older keys a rotation keeps.
    pub const MAX_OLDER: usize = 8;

    /// The keys at `path`. Nothing is read yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file with one new key, readable for its owner alone. `false`: there was one
    /// already, and it stays as it is.
    pub fn create(&self, rng: &mut impl CryptoRng) -> Result<bool, KeySourceError> {
        match self
            .draft(&[Key::generate_secret(rng)])?
            .persist_noclobber(&self.path)
        {
            Ok(_) => Ok(true),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(self.unreadable(failed.error)),
        }
    }

    /// Puts a new key in front. Processes that run on this file sign with it within a minute, and
    /// verify with it at once. Behind a link, it is the file that the link leads to.
    pub fn rotate(&self, rng: &mut impl CryptoRng) -> Result<Rotation, KeySourceError> {
        let real = self.real()?;
        let _turn = real.take_turn().map_err(|error| real.unreadable(error))?;
        let mut secrets = real.read()?;
        secrets.insert(0, Key::generate_secret(rng));
        let ids = secrets
            .iter()
            .map(|secret| real.key(secret).map(|key| key.id()));
        let mut older: Vec<KeyId> = ids.collect::<Result<_, _>>()?;
        let current = older.remove(0);
        let dropped = older.split_off(older.len().min(Self::MAX_OLDER));
        secrets.truncate(1 + older.len());
        real.replace(&secrets)?;
        Ok(Rotation {
            current,
            older,
            dropped,
        })
    }

    /// Takes a key out of service, unless it signs. Processes that run on this file refuse its tokens
    /// within a minute.
    pub fn remove(&self, id: KeyId) -> Result<Removal, KeySourceError> {
        let real = self.real()?;
        let _turn = real.take_turn().map_err(|error| real.unreadable(error))?;
        let (mut kept, mut ids) = (Vec::new(), Vec::new());
        for secret in real.read()? {
            let key = real.key(&secret)?.id();
            ids.push(key);
            if key != id {
                kept.push(secret);
            }
        }
        if ids.first() == Some(&id) {
            return Ok(Removal::Signs);
        }
        if kept.len() == ids.len() {
            return Ok(Removal::Absent);
        }
        real.replace(&kept)?;
        Ok(Removal::Removed)
    }

    /// The file itself, if this is a link to it.
    fn real(&self) -> Result<Self, KeySourceError> {
        let path = self.path.canonicalize();
        let path = path.map_err(|error| self.unreadable(error))?;
        Ok(Self { path })
    }

    /// Changes of one file take turns; the lock lasts as long as what is returned. It is on a file
    /// of its own, since a change replaces the file of the keys.
    fn take_turn(&self) -> io::Result<fs::File> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(name)?;
        file.lock()?;
        Ok(file)
    }

    /// A rename is atomic: whoever reads meanwhile sees the old file or the new one, whole. And it
    /// is synced: the new key may sign from now on, so a power cut must not bring the old file back.
    fn replace(&self, secrets: &[SecretString]) -> Result<(), KeySourceError> {
        let draft = self.draft(secrets)?;
        draft
            .persist(&self.path)
            .map_err(|failed| self.unreadable(failed.error))?;
        if cfg!(unix) {
            let folder = fs::File::open(self.folder()).and_then(|folder| folder.sync_all());
            folder.map_err(|error| self.unreadable(error))?;
        }
        Ok(())
    }

    /// The secrets, the newest first; at least one.
    fn read(&self) -> Result<Vec<SecretString>, KeySourceError> {
        let mut file = fs::File::open(&self.path).map_err(|error| self.unreadable(error))?;
        // What is looked at is what is read: the file may be replaced meanwhile.
        self.refuse_if_others_can_read(&file)?;
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => self.unusable(
                    "it is not UTF-8; put one secret on each line, as openssl rand -base64 32 makes them"
                        .to_owned(),
                ),
                _ => self.unreadable(error),
            })?;
        let text = SecretString::from(text);
        let lines = text.expose_secret().lines().map(str::trim);
        let secrets = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let secrets: Vec<_> = secrets.map(SecretString::from).collect();
        if secrets.is_empty() {
            let problem = "it holds no key; without it, `tollgate serve` makes a new one";
            return Err(self.unusable(problem.to_owned()));
        }
        Ok(secrets)
    }

    fn key(&self, secret: &SecretString) -> Result<Key, KeySourceError> {
        let weak = |source| KeySourceError::Weak {
            origin: self.origin(),
            source,
        };
        Key::new(secret.clone()).map_err(weak)
    }

    fn folder(&self) -> &Path {
        let folder = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    /// A temporary file beside the real one; `tempfile` creates it with mode 0600.
    fn draft(&self, secrets: &[SecretString]) -> Result<tempfile::NamedTempFile, KeySourceError> {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.folder())?;
            file.write_all(HEADER.as_bytes())?;
            for secret in secrets {
                writeln!(file, "{}", secret.expose_secret())?;
            }
            file.as_file().sync_all()?;
            Ok(file)
        };
        write().map_err(|error: io::Error| self.unreadable(error))
    }

    #[cfg(unix)]
    fn refuse_if_others_can_read(&self, file: &fs::File) -> Result<(), KeySourceError> {
        use std::os::unix::fs::PermissionsExt;
        let metadata = file.metadata().map_err(|error| self.unreadable(error))?;
        let mode = metadata.permissions().mode() & 0o777;
        let others = mode & 0o077;
        if others == 0 {
            return Ok(());
        }
        Err(self.unusable(format!(
            "others can read or change it (mode {mode:03o}); run: chmod 600 {}",
            self.path.display()
        )))
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the same on every system"
    )]
    fn refuse_if_others_can_read(&self, _file: &fs::File) -> Result<(), KeySourceError> {
        Ok(())
    }

    fn origin(&self) -> String {
        self.path.display().to_string()
    }

    fn unusable(&self, problem: String) -> KeySourceError {
        KeySourceError::Unusable {
            origin: self.origin(),
            problem,
        }
    }

    fn unreadable(&self, error: io::Error) -> KeySourceError {
        if error.kind() == io::ErrorKind::NotFound {
            return self.unusable(
                "there is no such file; in its data directory, `tollgate serve` makes one".into(),
            );
        }
        KeySourceError::Unreadable {
            origin: self.origin(),
            source: error.into(),
        }
    }
}

impl KeySource for KeyFile {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        let secrets = self.read()?;
        let mut keys = secrets.iter().map(|secret| self.key(secret));
        let current = keys
            .next()
            .unwrap_or_else(|| unreachable!("read gives one at least"))?;
        Ok(KeyRing::new(current, keys.collect::<Result<_, _>>()?))
    }
}
