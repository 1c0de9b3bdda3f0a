//! The store contract, on every store.

mod sqlite {
    use tempfile::TempDir;
    use tollgate_embedded::SqliteStore;

    #[expect(
        clippy::unused_async,
        reason = "other stores are started over a network"
    )]
    async fn new() -> (SqliteStore, TempDir) {
        tollgate_tests::logs::capture();
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let store = SqliteStore::open(&folder.path().join("tollgate.db")).expect("a new database");
        (store, folder)
    }

    tollgate_tests::store_contract!(new());
}
