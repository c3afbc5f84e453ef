//! The server: its address, its user, its bucket.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};

use crate::store::Store;

/// The access key of the only user.
pub const ACCESS_KEY: &str = "AKIDEXAMPLE";

/// The secret key of this user.
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The region of the server, which is not the default region of clients.
pub const REGION: &str = "eu-north-1";

/// The only bucket.
pub const BUCKET: &str = "bucket";

/// A server with one bucket. It stops and removes the objects when it is dropped.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    objects: TempDir,
    _runtime: Runtime,
}

impl S3Server {
    /// Starts on a free port.
    ///
    /// # Errors
    ///
    /// If a port, a thread or a folder cannot be had.
    pub fn start() -> io::Result<Self> {
        let objects = tempfile::tempdir()?;
        fs::create_dir(objects.path().join(BUCKET))?;
        let service = {
            let mut service = S3ServiceBuilder::new(Store::new(objects.path())?);
            service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
            service.build()
        };
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(serve(listener, service));
        Ok(Self { address, objects, _runtime: runtime })
    }

    /// The endpoint for clients.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object into the bucket.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn put(&self, key: &str, content: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.objects.path().join(BUCKET).join(key);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, content)
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        // A client may close the connection in the middle of a response.
        tokio::spawn(async move { Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await.ok() });
    }
}
