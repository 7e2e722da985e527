//! What is sent with an order: files read, named by their content, and uploaded where they cannot stand in it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use storyreel_core::catalog::{InputRole, reference_limits, request_limits};
use storyreel_core::content::FileContent;
use storyreel_core::provider::FileTransfer;
use storyreel_core::provider::reply::{About, Charged, ErrorKind, ProviderError, Retry};

use super::transport::{Connection, Purpose, weight};
use super::{Input, InputFrom, RenderRequest};
use crate::dialect::http::{HttpRequest, RequestBody};
use crate::dialect::{Attachment, Content, Submission};

/// The largest body of an order.
const LARGEST_ORDER: u64 = request_limits::BYTES;

/// The largest file that is uploaded.
const LARGEST_UPLOAD: u64 = reference_limits::VIDEO_BYTES;

/// The order for a shot. Spends nothing.
pub(super) async fn order(wire: &Connection, request: &RenderRequest) -> Result<HttpRequest, ProviderError> {
    let mut inputs = Vec::new();
    let mut inline = 0;
    for (at, input) in request.inputs.iter().enumerate() {
        let content =
            content(wire, at, input, &mut inline).await.map_err(|error| error.about(Some(About::Input(at))))?;
        inputs.push(Attachment { role: input.role, content });
    }
    let clip = Submission {
        spec: request.spec.clone(),
        inputs,
        return_last_frame: request.return_last_frame,
        marker: request.marker.clone(),
    };
    if let Some(question) = wire.dialect.probe(&clip) {
        let reply = wire.send(Purpose::Query, &question).await?;
        wire.dialect.probed(&clip, &reply).map_err(|error| wire.clean(error))?;
    }
    let order = wire.dialect.submit(&clip);
    let size = size_of(&order.body);
    if size > LARGEST_ORDER {
        return Err(too_large(wire, size, LARGEST_ORDER));
    }
    Ok(order)
}

fn size_of(body: &RequestBody) -> u64 {
    let size = match body {
        RequestBody::Empty => 0,
        RequestBody::Json(value) => value.to_string().len(),
        RequestBody::Form(parts) => weight(parts),
    };
    size as u64
}

/// The error of a service that finds a request too large (status 413), with what was too large.
pub(super) fn with_size(request: &HttpRequest, mut error: ProviderError) -> ProviderError {
    let whole = megabytes(size_of(&request.body));
    let largest = match &request.body {
        RequestBody::Empty => 0,
        RequestBody::Json(value) => largest_text(value),
        RequestBody::Form(parts) => {
            parts.iter().map(|part| weight(std::slice::from_ref(part))).max().unwrap_or_default()
        }
    };
    error.kind = ErrorKind::Request;
    let words = format!("; too large: {whole} were sent, {} of them in one input", megabytes(largest as u64));
    error.message.push_str(&words);
    error
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

fn largest_text(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Array(items) => items.iter().map(largest_text).max().unwrap_or_default(),
        serde_json::Value::Object(fields) => fields.values().map(largest_text).max().unwrap_or_default(),
        _ => 0,
    }
}

fn too_large(wire: &Connection, size: u64, limit: u64) -> ProviderError {
    let message = format!(
        "{} MB would be sent, more than the {} MB that services take; make the files smaller or give https addresses",
        size.div_ceil(1_000_000),
        limit / 1_000_000,
    );
    wrong(wire, message)
}

fn wrong(wire: &Connection, message: String) -> ProviderError {
    wire.error(ErrorKind::Request, Retry::Never, Charged::No, message)
}

/// One input as it is sent. `inline` counts the bytes that stand in the order itself.
async fn content(wire: &Connection, at: usize, input: &Input, inline: &mut u64) -> Result<Content, ProviderError> {
    let provider = wire.provider;
    let (kind, files) = match input.role {
        InputRole::ReferenceVideo => ("video/", provider.video_files),
        InputRole::ReferenceAudio => ("audio/", provider.audio_files),
        _ => ("image/", FileTransfer::Inline),
    };
    let takes_addresses = provider.keeps_addresses && (kind != "image/" || provider.image_addresses);
    let path = match &input.from {
        InputFrom::Remote(address) => return Ok(Content::Address(address.clone())),
        // The service trusts its own original, and nothing else shows the same face twice.
        InputFrom::Handover { address: Some(address), .. } if takes_addresses => {
            return Ok(Content::Address(address.clone()));
        }
        InputFrom::Given(path) | InputFrom::Handover { path, .. } => path,
    };
    let limit = match files {
        FileTransfer::Never | FileTransfer::Unsupported => {
            let what = kind.trim_end_matches('/');
            return Err(wrong(wire, format!("`{}` takes no {what} from disk; give an https address", provider.id)));
        }
        FileTransfer::Inline => LARGEST_ORDER,
        FileTransfer::Uploaded => LARGEST_UPLOAD,
    };
    let size = tokio::fs::metadata(path).await.map_err(|error| cannot_read(wire, path, &error))?.len();
    let before = if files == FileTransfer::Inline { *inline } else { 0 };
    if before + size > limit {
        return Err(too_large(wire, before + size, limit));
    }
    let bytes = tokio::fs::read(path).await.map_err(|error| cannot_read(wire, path, &error))?;
    let mime = named(wire, path, &bytes, kind)?;
    let content = Content::Bytes { mime, bytes: Arc::from(bytes) };
    if files == FileTransfer::Uploaded {
        return upload(wire, at, Attachment { role: input.role, content }).await;
    }
    *inline += size;
    Ok(content)
}

fn cannot_read(wire: &Connection, path: &Path, error: &io::Error) -> ProviderError {
    wire.here(format!("cannot read `{}`: {error}", path.display()))
}

fn named(wire: &Connection, path: &Path, bytes: &[u8], kind: &str) -> Result<&'static str, ProviderError> {
    let found = FileContent::read(io::Cursor::new(bytes)).unwrap_or(FileContent::Other);
    found.media_type().filter(|mime| mime.starts_with(kind)).ok_or_else(|| {
        let wanted = kind.trim_end_matches('/');
        wrong(wire, format!("`{}` should be {wanted} and is {}", path.display(), found.described()))
    })
}

async fn upload(wire: &Connection, at: usize, file: Attachment) -> Result<Content, ProviderError> {
    let request = wire.dialect.upload(&file).ok_or_else(|| {
        wire.here(format!("input {} should be uploaded, but `{}` takes no uploads", at + 1, wire.provider.id))
    })?;
    let reply = wire.send(Purpose::Upload, &request).await?;
    let address = if (200..300).contains(&reply.status) {
        wire.dialect.uploaded(&reply)
    } else {
        let error = wire.dialect.error(&reply);
        Err(if reply.status == 413 { with_size(&request, error) } else { error })
    };
    address.map(Content::Address).map_err(|error| wire.judged(Purpose::Upload, &reply, error))
}
