//! Objects that are files, behind the interface of S3.

use std::io;
use std::path::Path;

use async_trait::async_trait;
use s3s::dto::{
    ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use crate::server::REGION;

/// So few keys that most listings come in several pages.
const KEYS_OF_A_PAGE: i32 = 2;

/// [`FileSystem`] with the behaviour of S3 that it lacks: regions, keys that are no folders, conditions, pages.
pub(crate) struct Store {
    root: Box<Path>,
    files: FileSystem,
}

impl Store {
    pub(crate) fn new(root: &Path) -> io::Result<Self> {
        let files = FileSystem::new(root).map_err(|error| io::Error::other(format!("{error:?}")))?;
        Ok(Self { root: root.into(), files })
    }

    /// Whether a key is a folder, which S3 does not have.
    fn is_folder(&self, bucket: &str, key: &str) -> bool {
        self.root.join(bucket).join(key).is_dir()
    }
}

/// A signature is for a region, and S3 refuses signatures for other regions.
fn check_region<T>(request: &S3Request<T>) -> S3Result<()> {
    match &request.region {
        Some(region) if region.as_str() == REGION => Ok(()),
        _ => Err(s3_error!(AuthorizationHeaderMalformed, "the region is wrong; expecting '{REGION}'")),
    }
}

#[async_trait]
impl S3 for Store {
    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        check_region(&request)?;
        if self.is_folder(&request.input.bucket, &request.input.key) {
            return Err(s3_error!(NoSuchKey));
        }
        self.files.head_object(request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        check_region(&request)?;
        let wanted = request.input.if_match.clone();
        let response = self.files.get_object(request).await?;
        match (wanted, &response.output.e_tag) {
            (Some(ETagCondition::ETag(wanted)), Some(found)) if !wanted.strong_cmp(found) => Err(s3_error!(PreconditionFailed)),
            _ => Ok(response),
        }
    }

    async fn list_objects_v2(&self, mut request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        check_region(&request)?;
        request.input.max_keys = Some(KEYS_OF_A_PAGE);
        self.files.list_objects_v2(request).await
    }
}
