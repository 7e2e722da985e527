//! The connection to a bucket. Keys and endpoints come from the variables that the services' own tools read, or from the
//! role of the machine.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ObjectStore, RetryConfig};

use super::SharedStoreError;
use super::address::{Address, AddressKind};

/// Requests that fail by chance are repeated for so long: a run has better things to do than to wait for its store.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 6, retry_timeout: Duration::from_mins(1), ..RetryConfig::default() }
}

/// Connects to the bucket at an address. Nothing is sent yet.
pub(super) fn connect(address: &Address) -> Result<Arc<dyn ObjectStore>, SharedStoreError> {
    storyreel_providers::install_cryptography();
    let bucket = address.bucket.as_str();
    let connected: Result<Arc<dyn ObjectStore>, object_store::Error> = match address.kind {
        AddressKind::Google => GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retries())
            .build()
            .map(|store| Arc::new(store) as _),
        AddressKind::Azure => MicrosoftAzureBuilder::from_env()
            .with_container_name(bucket)
            .with_retry(retries())
            .build()
            .map(|store| Arc::new(store) as _),
        AddressKind::Aws | AddressKind::Folder => AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retries())
            .build()
            .map(|store| Arc::new(store) as _),
    };
    connected.map_err(|error| SharedStoreError::Address { address: address.shown.clone(), why: error.to_string() })
}
