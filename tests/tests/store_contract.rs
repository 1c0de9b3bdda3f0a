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

mod dynamodb {
    use serde_json::json;
    use tollgate_aws::account::Credentials;
    use tollgate_aws::dynamodb::OpenError;
    use tollgate_aws::{Account, DynamoDbStore};
    use tollgate_tests::moto::{Moto, REGION};

    /// Patient, since many ask at once, and moto answers them one after the other.
    fn store(moto: &Moto, table: &str) -> DynamoDbStore {
        let credentials = Credentials::from_keys("test", "test", None);
        let endpoint = Some(moto.url().to_owned());
        let account = Account::new(REGION.to_owned(), credentials, endpoint);
        DynamoDbStore::new(&account.patient(), table)
    }

    #[expect(
        clippy::unused_async,
        reason = "other stores are opened with a question"
    )]
    async fn new() -> (DynamoDbStore, Moto) {
        tollgate_tests::logs::capture();
        let moto = Moto::new();
        (store(&moto, moto.table()), moto)
    }

    tollgate_tests::store_contract!(new(), #[ignore = "needs TOLLGATE_MOTO"]);

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs TOLLGATE_MOTO"]
    async fn a_process_starts_on_a_table_of_ours_only() {
        let moto = Moto::new();
        let ours = store(&moto, moto.table());
        ours.probe().await.expect("it is as template.yaml has it");
        ours.inspect().await.expect("it is as template.yaml has it");
        assert_eq!(moto.items(), [json!(null); 0], "a probe writes nothing");

        let off = json!({"AttributeName": "expires_at", "Enabled": false});
        let request = json!({"TableName": moto.table(), "TimeToLiveSpecification": off});
        let _ = moto.dynamodb("UpdateTimeToLive", &request);
        let kept = ours.inspect().await;
        assert!(matches!(kept, Err(OpenError::KeepsExpired { .. })));

        moto.delete_table();
        for refused in [ours.probe().await, ours.inspect().await.map(drop)] {
            assert!(matches!(refused, Err(OpenError::Missing { .. })));
        }

        let other = Moto::new();
        other.delete_table();
        let request = json!({
            "TableName": other.table(),
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        });
        let _ = other.dynamodb("CreateTable", &request);
        let store = store(&other, other.table());
        for refused in [store.probe().await, store.inspect().await.map(drop)] {
            assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
        }
    }
}
