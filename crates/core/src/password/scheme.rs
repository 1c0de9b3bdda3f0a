//! The ways to hash a password that are understood, and what each may cost.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use icu_normalizer::ComposingNormalizerBorrowed;
use pbkdf2::pbkdf2_hmac;
use secrecy::zeroize::Zeroizing;
use sha2::{Sha256, Sha512};

use super::Password;
use super::workspace::Workspace;

/// How a hash was made and at what cost: all of it but the salt and the hash.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scheme {
    /// RFC 9106. Argon2id is our own.
    Argon2 {
        algorithm: Algorithm,
        version: Version,
        params: Params,
    },
    /// RFC 7914.
    Scrypt {
        params: scrypt::Params,
        typing: Typing,
    },
    /// RFC 8018, section 5.2.
    Pbkdf2 { prf: Prf, rounds: u32 },
    /// What OpenBSD calls `2b`.
    Bcrypt { cost: u8 },
}

/// What becomes of a password before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    /// It is hashed as it was typed.
    Exact,
    /// It is put into Unicode's normalization form KC first, as Better Auth does.
    Nfkc,
}

/// The pseudorandom function of PBKDF2: HMAC with this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prf {
    Sha256,
    Sha512,
}

impl Scheme {
    /// The memory that one log-in may take: a fourteenth of what the function has.
    const MAX_MEMORY: u64 = 128 << 20;
    /// KiB that Argon2 may fill, over all passes: 1 GiB.
    const MAX_FILLED: u64 = 1 << 20;
    /// N × r × p. Better Auth has 2^18, the cheat sheet of OWASP 2^20.
    const MAX_SCRYPT_WORK: u64 = 1 << 21;
    const MAX_BCRYPT_COST: u8 = 14;
    /// Rounds, for each block that is made.
    const MAX_PBKDF2_ROUNDS: u64 = 2_000_000;

    /// Why a log-in cannot afford this scheme, if it cannot: whoever puts a hash in the store must
    /// not decide how long a function is busy. Each limit is about a second of work.
    pub(super) fn excess(&self, output_len: usize) -> Option<&'static str> {
        let (within, limit) = match self {
            Self::Argon2 { params, .. } => {
                let memory = u64::from(params.m_cost());
                let filled = memory * u64::from(params.t_cost());
                (
                    memory * 1024 <= Self::MAX_MEMORY && filled <= Self::MAX_FILLED,
                    "Argon2 is taken up to 128 MiB of memory, and 1 GiB over all passes",
                )
            }
            Self::Scrypt { params, .. } => {
                let (r, p) = (u64::from(params.r()), u64::from(params.p()));
                let blocks = params.n().saturating_mul(r);
                (
                    blocks.saturating_mul(128) <= Self::MAX_MEMORY
                        && blocks.saturating_mul(p) <= Self::MAX_SCRYPT_WORK
                        && r * p <= 1024,
                    "scrypt is taken up to 128 MiB of memory (128 N r) and N r p = 2^21",
                )
            }
            Self::Pbkdf2 { prf, rounds } => {
                let blocks = output_len.div_ceil(prf.output_len()) as u64;
                (
                    u64::from(*rounds) * blocks <= Self::MAX_PBKDF2_ROUNDS,
                    "PBKDF2 is taken up to 2,000,000 rounds",
                )
            }
            Self::Bcrypt { cost } => (
                *cost <= Self::MAX_BCRYPT_COST,
                "bcrypt is taken up to cost 14",
            ),
        };
        (!within).then_some(limit)
    }

    /// Whether it is cheaper than the least that OWASP's cheat sheet on password storage asks for.
    pub(super) fn is_weak(&self) -> bool {
        match self {
            Self::Argon2 { params, .. } => {
                u64::from(params.m_cost()) * u64::from(params.t_cost()) < 7168 * 5
            }
            Self::Scrypt { params, .. } => {
                params.n() * u64::from(params.r()) * u64::from(params.p()) < (1 << 14) * 8 * 5
            }
            Self::Pbkdf2 { prf, rounds } => {
                *rounds
                    < match prf {
                        Prf::Sha256 => 600_000,
                        Prf::Sha512 => 210_000,
                    }
            }
            Self::Bcrypt { cost } => *cost < 10,
        }
    }

    /// Fills `output` with the hash of a password. `false`: this scheme has none for it.
    pub(super) fn derive(
        &self,
        password: &Password,
        workspace: &Workspace,
        salt: &[u8],
        output: &mut [u8],
    ) -> bool {
        match self {
            Self::Argon2 {
                algorithm,
                version,
                params,
            } => {
                let argon2 = Argon2::new(*algorithm, *version, params.clone());
                let hashed = workspace.hash(&argon2, password.bytes(), salt, output);
                hashed.is_ok()
            }
            Self::Scrypt { params, typing } => {
                let typed = typing.apply(password);
                scrypt::scrypt(typed.as_bytes(), salt, params, output).is_ok()
            }
            Self::Pbkdf2 { prf, rounds } => {
                match prf {
                    Prf::Sha256 => pbkdf2_hmac::<Sha256>(password.bytes(), salt, *rounds, output),
                    Prf::Sha512 => pbkdf2_hmac::<Sha512>(password.bytes(), salt, *rounds, output),
                }
                true
            }
            Self::Bcrypt { cost } => bcrypt(*cost, password, salt, output),
        }
    }
}

/// The first 72 bytes are all that bcrypt sees, so they are all that can be checked: the hashes of
/// longer passwords were made of those. Many libraries stop at a NUL, and then all passwords that
/// begin alike are one: such a password is refused, after the same work.
fn bcrypt(cost: u8, password: &Password, salt: &[u8], output: &mut [u8]) -> bool {
    const SEEN: usize = 72;
    let bytes = password.bytes();
    let mut seen = Zeroizing::new([0; SEEN]);
    let length = bytes.len().min(SEEN);
    seen[..length].copy_from_slice(&bytes[..length]);
    let terminated = (length + 1).min(SEEN);
    let Ok(salt) = salt.try_into() else {
        return false;
    };
    let hash = bcrypt::bcrypt(u32::from(cost), salt, &seen[..terminated]);
    output.copy_from_slice(&hash[..output.len()]);
    !bytes.contains(&0)
}

impl Typing {
    fn apply(self, password: &Password) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Exact => password.text().to_owned(),
            Self::Nfkc => ComposingNormalizerBorrowed::new_nfkc()
                .normalize(password.text())
                .into_owned(),
        })
    }
}

impl Prf {
    fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2 {
                algorithm, params, ..
            } => write!(
                f,
                "{} m={},t={},p={}",
                algorithm.as_str(),
                params.m_cost(),
                params.t_cost(),
                params.p_cost()
            ),
            Self::Scrypt { params, typing } => {
                let name = match typing {
                    Typing::Exact => "scrypt",
                    Typing::Nfkc => "scrypt-nfkc",
                };
                let (n, r, p) = (params.log_n(), params.r(), params.p());
                write!(f, "{name} ln={n},r={r},p={p}")
            }
            Self::Pbkdf2 { prf, rounds } => {
                let prf = match prf {
                    Prf::Sha256 => "sha256",
                    Prf::Sha512 => "sha512",
                };
                write!(f, "pbkdf2-{prf} i={rounds}")
            }
            Self::Bcrypt { cost } => write!(f, "bcrypt cost={cost}"),
        }
    }
}
