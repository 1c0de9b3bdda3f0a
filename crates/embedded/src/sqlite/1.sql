-- Times are seconds since 1970. Nothing here is a token, and no token can be made of it.

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    scope         TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE families (
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    scope           TEXT    NOT NULL,
    generation      INTEGER NOT NULL,
    secret_hash     BLOB    NOT NULL CHECK (length(secret_hash) = 32),
    rotated_at      INTEGER NOT NULL,
    idempotency     BLOB             CHECK (length(idempotency) = 32),
    idle_expiry     INTEGER NOT NULL,
    absolute_expiry INTEGER NOT NULL,
    revoked_at      INTEGER,
    revoked_reason  TEXT,
    PRIMARY KEY (user_id, id),
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX families_by_expiry ON families (absolute_expiry);

CREATE TABLE attempts (
    key          BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    failures     INTEGER NOT NULL,
    next_allowed INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_expiry ON attempts (expires_at);
