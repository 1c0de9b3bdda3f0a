//! Password hashes: in which forms they are kept, and read back.

use std::fmt;

use argon2::password_hash::phc::{self, Output, Salt};
use argon2::{Algorithm, Params, Version};
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;

use super::Password;
use super::scheme::{Prf, Scheme, Typing};
use super::workspace::Workspace;

/// A password hash that can be checked. It cannot be printed by accident.
///
/// Those of this system are Argon2id in the PHC string format. Those that other systems made stay
/// as they were until their owners log in: in the PHC string format too, or, for bcrypt, in that of
/// `crypt(3)`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// A text that is no hash that this system can check, or wants to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPasswordHash {
    /// It does not begin like any of them.
    #[error(
        "it is in none of the forms $argon2id$, $argon2i$, $argon2d$, $scrypt$, $pbkdf2-sha256$, \
         $pbkdf2-sha512$ (PHC strings) and $2a$, $2b$, $2y$ (bcrypt)"
    )]
    Unknown,
    /// A form that is known, and not taken.
    #[error("{0}")]
    Unsupported(&'static str),
    /// It begins like one.
    #[error("it is a damaged {0} hash, or one of an unusual form")]
    Malformed(&'static str),
    /// A log-in would take too long, or too much memory.
    #[error("it costs more than a log-in may: {0}")]
    TooCostly(&'static str),
}

impl PasswordHash {
    /// Reads what a store kept, or what another system made.
    pub fn parse(text: String) -> Result<Self, InvalidPasswordHash> {
        Parsed::read(&text)?;
        Ok(Self(text))
    }

    /// Reads what Better Auth keeps in `account.password`: `salt:key` in hexadecimal digits, or,
    /// where the application brought a hash function of its own, what [`parse`](Self::parse) reads.
    ///
    /// Better Auth hashes the NFKC form of the password, and its salt is the digits themselves, not
    /// the bytes they stand for. Both is in the form that is kept: `$scrypt-nfkc$`.
    pub fn from_better_auth(text: &str) -> Result<Self, InvalidPasswordHash> {
        const NAME: &str = "Better Auth";
        let Some((salt, key)) = text.split_once(':') else {
            return Self::parse(text.to_owned());
        };
        let malformed = InvalidPasswordHash::Malformed(NAME);
        if !salt.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(malformed);
        }
        let salt = Salt::new(salt.as_bytes()).map_err(|_| malformed)?;
        let key: [u8; 64] = hexadecimal(key).ok_or(malformed)?;
        let key = Output::new(&key).map_err(|_| malformed)?;
        Self::parse(format!("$scrypt-nfkc$ln=14,r=16,p=1${salt}${key}"))
    }

    /// The hash, for the store alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How it was made and at what cost, without anything that a guess could be checked with.
    #[must_use]
    pub fn scheme(&self) -> String {
        self.parsed().scheme.to_string()
    }

    /// Whether it is cheaper to guess than OWASP's cheat sheet on password storage asks for.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.parsed().scheme.is_weak()
    }

    pub(super) fn parsed(&self) -> Parsed {
        Parsed::read(&self.0).unwrap_or_else(|_| unreachable!("it was read before"))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// A hash, taken apart.
pub(super) struct Parsed {
    pub(super) scheme: Scheme,
    salt: Salt,
    output: Output,
}

impl Parsed {
    /// Whether the password is the one that was hashed.
    pub(super) fn matches(&self, password: &Password, workspace: &Workspace) -> bool {
        let mut computed = [0; Output::MAX_LENGTH];
        let computed = &mut computed[..self.output.len()];
        let has_hash = self
            .scheme
            .derive(password, workspace, &self.salt, computed);
        has_hash && bool::from(computed.ct_eq(self.output.as_bytes()))
    }

    fn read(text: &str) -> Result<Self, InvalidPasswordHash> {
        use InvalidPasswordHash::{Malformed, TooCostly, Unknown, Unsupported};
        let name = text
            .strip_prefix('$')
            .and_then(|rest| rest.split('$').next());
        let (name, read) = match name {
            Some("argon2id") => ("Argon2id", argon2(text, Algorithm::Argon2id)),
            Some("argon2i") => ("Argon2i", argon2(text, Algorithm::Argon2i)),
            Some("argon2d") => ("Argon2d", argon2(text, Algorithm::Argon2d)),
            Some("scrypt") => ("scrypt", scrypt(text, Typing::Exact)),
            Some("scrypt-nfkc") => ("scrypt", scrypt(text, Typing::Nfkc)),
            Some("pbkdf2-sha256") => ("PBKDF2", pbkdf2(text, Prf::Sha256)),
            Some("pbkdf2-sha512") => ("PBKDF2", pbkdf2(text, Prf::Sha512)),
            Some("2a" | "2b" | "2y") => ("bcrypt", bcrypt(text)),
            Some("pbkdf2" | "pbkdf2-sha1") => {
                return Err(Unsupported("PBKDF2 is not taken with SHA-1"));
            }
            Some("2" | "2x") => {
                return Err(Unsupported("bcrypt is taken as $2a$, $2b$ and $2y$ only"));
            }
            _ => return Err(Unknown),
        };
        let read = read.ok_or(Malformed(name))?;
        match read.scheme.excess(read.output.len()) {
            Some(limit) => Err(TooCostly(limit)),
            None => Ok(read),
        }
    }
}

/// `$argon2id$v=19$m=47104,t=1,p=1$SALT$HASH`; without a version it is an old one.
fn argon2(text: &str, algorithm: Algorithm) -> Option<Parsed> {
    let hash = phc::PasswordHash::new(text).ok()?;
    let version = match hash.version {
        None | Some(0x10) => Version::V0x10,
        Some(0x13) => Version::V0x13,
        Some(_) => return None,
    };
    let [m, t, p] = numbers(&hash, ["m", "t", "p"])?;
    let output = hash.hash?;
    let params = Params::new(m, t, p, Some(output.len())).ok()?;
    let scheme = Scheme::Argon2 {
        algorithm,
        version,
        params,
    };
    Some(Parsed {
        scheme,
        salt: hash.salt?,
        output,
    })
}

/// `$scrypt$ln=17,r=8,p=1$SALT$HASH`
fn scrypt(text: &str, typing: Typing) -> Option<Parsed> {
    let hash = unversioned(text)?;
    let [ln, r, p] = numbers(&hash, ["ln", "r", "p"])?;
    let ln = u8::try_from(ln).ok().filter(|ln| (1..32).contains(ln))?;
    // Their product must not overflow where the parameters are made of them.
    r.checked_mul(p)?;
    let params = scrypt::Params::new(ln, r, p).ok()?;
    Some(Parsed {
        scheme: Scheme::Scrypt { params, typing },
        salt: hash.salt?,
        output: hash.hash?,
    })
}

/// `$pbkdf2-sha256$i=600000$SALT$HASH`; some write the length of the hash after the rounds.
fn pbkdf2(text: &str, prf: Prf) -> Option<Parsed> {
    let hash = unversioned(text)?;
    let output = hash.hash?;
    let rounds = match numbers(&hash, ["i", "l"]) {
        Some([rounds, length]) => {
            (usize::try_from(length) == Ok(output.len())).then_some(rounds)?
        }
        None => numbers(&hash, ["i"]).map(|[rounds]| rounds)?,
    };
    let rounds = (rounds > 0).then_some(rounds)?;
    Some(Parsed {
        scheme: Scheme::Pbkdf2 { prf, rounds },
        salt: hash.salt?,
        output,
    })
}

/// `$2b$12$`, 22 characters of salt and 31 of hash, in an alphabet of its own.
fn bcrypt(text: &str) -> Option<Parsed> {
    // The last character of each holds bits that belong to nothing; libraries differ in what is in
    // them, and ignore it.
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone);
    const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, CONFIG);
    let (cost, rest) = text.get(4..)?.split_once('$')?;
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    let cost = digits.then(|| cost.parse().ok()).flatten()?;
    if !(4..=31).contains(&cost) || rest.len() != 53 {
        return None;
    }
    let (salt, output) = rest.split_at_checked(22)?;
    let salt = BASE64.decode(salt).ok()?;
    let output = BASE64.decode(output).ok()?;
    Some(Parsed {
        scheme: Scheme::Bcrypt { cost },
        salt: Salt::new(&salt).ok()?,
        output: Output::new(&output).ok()?,
    })
}

fn unversioned(text: &str) -> Option<phc::PasswordHash> {
    let hash = phc::PasswordHash::new(text).ok()?;
    hash.version.is_none().then_some(hash)
}

/// The parameters of a hash, if it has these and no others, in this order.
fn numbers<const N: usize>(hash: &phc::PasswordHash, names: [&str; N]) -> Option<[u32; N]> {
    let mut pairs = hash.params.iter();
    let mut numbers = [0; N];
    for (number, name) in numbers.iter_mut().zip(names) {
        let (found, value) = pairs.next()?;
        *number = value.decimal().ok().filter(|_| found.as_str() == name)?;
    }
    pairs.next().is_none().then_some(numbers)
}

fn hexadecimal<const N: usize>(digits: &str) -> Option<[u8; N]> {
    if digits.len() != 2 * N || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * index..][..2], 16).ok()?;
    }
    Some(bytes)
}
