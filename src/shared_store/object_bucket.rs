//! A bucket at a service: the few calls of `object_store` that a shared store needs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::stream::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Name;
use object_store::{
    Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, WriteMultipart,
};

use super::address::Address;
use super::partial_file::PartialFile;
use super::place_error::{CreateAnswer, PlaceError};
use super::{LARGEST_TEXT, SharedObject, SharedStoreError, connect};

/// Files up to this size are sent in one request, which creates them or does nothing. 64 MiB: far above most clips.
const ONE_REQUEST: u64 = 64 << 20;

/// A part of a file that is sent in several requests, and how many of them at once.
const PART: usize = 16 << 20;
const PARTS_AT_ONCE: usize = 4;

/// A bucket, and the name of the store's root in it.
#[derive(Debug, Clone)]
pub(super) struct ObjectBucket {
    store: Arc<dyn ObjectStore>,
    root: Name,
}

impl ObjectBucket {
    pub(super) fn at(address: &Address) -> Result<Self, SharedStoreError> {
        let store = connect::connect(address)?;
        let root = Name::parse(&address.folder)
            .map_err(|error| SharedStoreError::Address { address: address.shown.clone(), why: error.to_string() })?;
        Ok(Self { store, root })
    }

    fn name(&self, name: &str) -> Name {
        Name::from_iter(self.root.parts().chain(Name::from(name).parts()))
    }

    pub(super) async fn create(&self, name: &str, bytes: Vec<u8>) -> CreateAnswer {
        match self.store.put_opts(&self.name(name), PutPayload::from(bytes), PutMode::Create.into()).await {
            Ok(_) => CreateAnswer::Created,
            Err(error) => CreateAnswer::Doubt(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        let found = match self.store.get(&self.name(name)).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(PlaceError::refused(&error)),
        };
        if found.meta.size > LARGEST_TEXT {
            return Err(PlaceError::refused(&"it is far larger than it should be"));
        }
        let bytes = found.bytes().await.map_err(|error| PlaceError::refused(&error))?;
        Ok(Some(bytes.to_vec()))
    }

    pub(super) async fn size(&self, name: &str) -> Result<Option<u64>, PlaceError> {
        match self.store.head(&self.name(name)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<SharedObject>, PlaceError> {
        let above = self.root.parts().count();
        let now = SystemTime::now();
        let listed: Result<Vec<_>, Error> = self.store.list(Some(&self.name(folder))).try_collect().await;
        let mut objects: Vec<SharedObject> = Vec::new();
        for found in listed.map_err(|error| PlaceError::refused(&error))? {
            let name = Name::from_iter(found.location.parts().skip(above)).to_string();
            let written = SystemTime::from(found.last_modified);
            let age = now.duration_since(written).unwrap_or(Duration::ZERO);
            objects.push(SharedObject { name, bytes: found.size, age });
        }
        Ok(objects)
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), PlaceError> {
        match self.store.delete(&self.name(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn upload(&self, name: &str, file: &Path) -> Result<u64, PlaceError> {
        let local = |error: std::io::Error| PlaceError::Local(SharedStoreError::local("read", file, &error));
        let size = tokio::fs::metadata(file).await.map_err(local)?.len();
        if size > ONE_REQUEST {
            self.upload_in_parts(name, file).await?;
            return Ok(size);
        }
        let bytes = tokio::fs::read(file).await.map_err(local)?;
        let put = self.store.put_opts(&self.name(name), PutPayload::from(bytes), PutMode::Create.into()).await;
        match put {
            // Whoever was quicker has put the same bytes there.
            Ok(_) | Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(size),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    /// Sends a large file. Parts cannot be made conditional; who sends it at the same time sends the same bytes.
    async fn upload_in_parts(&self, name: &str, file: &Path) -> Result<(), PlaceError> {
        let local = |error: std::io::Error| PlaceError::Local(SharedStoreError::local("read", file, &error));
        let refused = |error: Error| PlaceError::refused(&error);
        let upload = self.store.put_multipart(&self.name(name)).await.map_err(refused)?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut source = tokio::fs::File::open(file).await.map_err(local)?;
        let mut buffer = vec![0; 1 << 20];
        loop {
            match tokio::io::AsyncReadExt::read(&mut source, &mut buffer).await.map_err(local)? {
                0 => break,
                len => {
                    parts.wait_for_capacity(PARTS_AT_ONCE).await.map_err(refused)?;
                    parts.write(&buffer[..len]);
                }
            }
        }
        parts.finish().await.map(drop).map_err(refused)
    }

    pub(super) async fn download(&self, name: &str, into: &mut PartialFile) -> Result<(), PlaceError> {
        let refused = |error: Error| match error {
            Error::NotFound { .. } => PlaceError::NotThere,
            error => PlaceError::refused(&error),
        };
        if into.bytes() > 0 && self.store.head(&self.name(name)).await.map_err(refused)?.size <= into.bytes() {
            return Ok(());
        }
        let range = (into.bytes() > 0).then_some(GetRange::Offset(into.bytes()));
        let found = self.store.get_opts(&self.name(name), GetOptions { range, ..GetOptions::default() }).await;
        let mut chunks = found.map_err(refused)?.into_stream();
        while let Some(chunk) = chunks.next().await {
            into.take(&chunk.map_err(refused)?)?;
        }
        Ok(())
    }
}
