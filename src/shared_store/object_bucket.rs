//! A bucket at a service: the few calls of `object_store` that a shared store needs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::stream::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Name;
use object_store::{Error, GetOptions, GetRange, ObjectStoreExt as _, PutMode, PutPayload, WriteMultipart};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::address::Address;
use super::connect::{self, Connections};
use super::partial_file::{self, PartialFile};
use super::place_error::{CreateAnswer, PlaceError};
use super::{LARGEST_TEXT, SharedObject, SharedStoreError};

/// Files up to this size are sent in one request, which creates them or does nothing. 64 MiB: far above most clips.
const ONE_REQUEST: u64 = 64 << 20;

/// A part of a file that is sent in several requests, and how many of them at once.
const PART: usize = 16 << 20;
const PARTS_AT_ONCE: usize = 4;

/// How much of the files that are sent is in memory, in MiB.
const IN_MEMORY: u32 = 256;

/// The most objects that are listed: far more than the clips of a team.
const LARGEST_LIST: usize = 2_000_000;

/// A download that brings nothing for so long has ended.
const STANDS_STILL: Duration = Duration::from_secs(30);

/// A bucket, and the name of the store's root in it.
#[derive(Debug, Clone)]
pub(super) struct ObjectBucket {
    connections: Connections,
    root: Name,
    memory: Arc<Semaphore>,
}

impl ObjectBucket {
    pub(super) fn at(address: &Address) -> Result<Self, SharedStoreError> {
        let connections = connect::connect(address)?;
        let root = Name::parse(&address.folder)
            .map_err(|error| SharedStoreError::Address { address: address.shown.clone(), why: error.to_string() })?;
        Ok(Self { connections, root, memory: Arc::new(Semaphore::new(IN_MEMORY as usize)) })
    }

    fn name(&self, name: &str) -> Name {
        self.root.parts().chain(Name::from(name).parts()).collect()
    }

    pub(super) async fn create(&self, name: &str, bytes: Vec<u8>) -> CreateAnswer {
        let name = self.name(name);
        let put = self.connections.texts.put_opts(&name, PutPayload::from(bytes), PutMode::Create.into());
        match put.await {
            Ok(_) => CreateAnswer::Created,
            Err(error) => CreateAnswer::Doubt(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        let found = match self.connections.texts.get(&self.name(name)).await {
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
        match self.connections.texts.head(&self.name(name)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Vec<SharedObject>, PlaceError> {
        let above = self.root.parts().count();
        let now = SystemTime::now();
        let mut listed = self.connections.texts.list(Some(&self.name(folder)));
        let mut objects: Vec<SharedObject> = Vec::new();
        while let Some(found) = listed.try_next().await.map_err(|error| PlaceError::refused(&error))? {
            if objects.len() == LARGEST_LIST {
                return Err(PlaceError::refused(&"there are far more objects than clips can be"));
            }
            let name = found.location.parts().skip(above).collect::<Name>().to_string();
            let written = SystemTime::from(found.last_modified);
            let age = now.duration_since(written).unwrap_or(Duration::ZERO);
            objects.push(SharedObject { name, bytes: found.size, age });
        }
        Ok(objects)
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), PlaceError> {
        match self.connections.texts.delete(&self.name(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    pub(super) async fn upload(&self, name: &str, file: &Path) -> Result<u64, PlaceError> {
        let local = |error: std::io::Error| PlaceError::Local(SharedStoreError::local("read", file, &error));
        let size = tokio::fs::metadata(file).await.map_err(local)?.len();
        let _room = self.room_for(size).await;
        if size > ONE_REQUEST {
            self.upload_in_parts(name, file).await?;
            return Ok(size);
        }
        let bytes = tokio::fs::read(file).await.map_err(local)?;
        let name = self.name(name);
        let put = self.connections.files.put_opts(&name, PutPayload::from(bytes), PutMode::Create.into());
        match put.await {
            // Whoever was quicker has put the same bytes there.
            Ok(_) | Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(size),
            Err(error) => Err(PlaceError::refused(&error)),
        }
    }

    /// Waits until there is memory for what is sent of a file at once.
    async fn room_for(&self, size: u64) -> Option<SemaphorePermit<'_>> {
        let parts = (PART * (PARTS_AT_ONCE + 1)) as u64;
        let held = if size > ONE_REQUEST { parts } else { size };
        let mebibytes = held.div_ceil(1 << 20).clamp(1, u64::from(IN_MEMORY)) as u32;
        // It is never closed.
        self.memory.acquire_many(mebibytes).await.ok()
    }

    /// Sends a large file. Parts cannot be made conditional; who sends it at the same time sends the same bytes.
    async fn upload_in_parts(&self, name: &str, file: &Path) -> Result<(), PlaceError> {
        let refused = |error: Error| PlaceError::refused(&error);
        let upload = self.connections.files.put_multipart(&self.name(name)).await.map_err(refused)?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
        match send_parts(&mut parts, file).await {
            Ok(()) => parts.finish().await.map(drop).map_err(refused),
            Err(error) => {
                // What was sent is of no use, and services take money for it until it is removed.
                let _ = parts.abort().await;
                Err(error)
            }
        }
    }

    pub(super) async fn download(&self, name: &str, into: &mut PartialFile) -> Result<(), PlaceError> {
        let refused = |error: Error| match error {
            Error::NotFound { .. } => PlaceError::NotThere,
            error => PlaceError::refused(&error),
        };
        let begun = into.bytes();
        if begun > 0 && self.connections.texts.head(&self.name(name)).await.map_err(refused)?.size <= begun {
            return Ok(());
        }
        let options = GetOptions { range: (begun > 0).then_some(GetRange::Offset(begun)), ..GetOptions::default() };
        let found = self.connections.files.get_opts(&self.name(name), options).await.map_err(refused)?;
        partial_file::insist_on_size(found.meta.size)?;
        let mut chunks = found.into_stream();
        loop {
            match tokio::time::timeout(STANDS_STILL, chunks.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(chunk)) => into.take(&chunk.map_err(refused)?)?,
                Err(_) => return Err(PlaceError::refused(&"nothing came for half a minute")),
            }
        }
    }
}

/// Reads a file and sends it part by part.
async fn send_parts(parts: &mut WriteMultipart, file: &Path) -> Result<(), PlaceError> {
    let local = |error: std::io::Error| PlaceError::Local(SharedStoreError::local("read", file, &error));
    let mut source = tokio::fs::File::open(file).await.map_err(local)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let len = tokio::io::AsyncReadExt::read(&mut source, &mut buffer).await.map_err(local)?;
        if len == 0 {
            return Ok(());
        }
        parts.wait_for_capacity(PARTS_AT_ONCE).await.map_err(|error| PlaceError::refused(&error))?;
        parts.write(&buffer[..len]);
    }
}
