//! Errors of object stores, with advice.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::error::FileChanged;

/// The provider of an object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Amazon,
    Google,
    Azure,
}

impl Provider {
    /// The settings that decide about credentials and endpoint.
    fn settings(self) -> &'static str {
        match self {
            Self::Amazon => {
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (AWS_SESSION_TOKEN and AWS_ENDPOINT_URL where they apply); \
                 without them the first keys of ~/.aws/credentials are taken: profiles (AWS_PROFILE) are not looked at"
            }
            Self::Google => "set GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS to the file with the key",
            Self::Azure => "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_KEY",
        }
    }

    /// The error of a store as a cause with advice.
    pub(super) fn explained(self, error: &object_store::Error) -> io::Error {
        use object_store::Error as E;
        let cause = cause(error);
        let detail = detail(&cause.to_string());
        let settings = self.settings();
        // Errors of listings have their status only in their text.
        let has_status = |statuses: &[&str]| statuses.iter().any(|status| detail.starts_with(status));
        let (kind, text) = match error {
            E::Precondition { .. } => return FileChanged::error(),
            E::NotFound { .. } => (ErrorKind::NotFound, format!("there is no such object or bucket ({detail})")),
            _ if has_status(&["404"]) => (ErrorKind::NotFound, format!("there is no such bucket ({detail})")),
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => refused(&detail, settings),
            _ if has_status(&["401", "403"]) => refused(&detail, settings),
            _ if has_status(&["5", "429"]) => (ErrorKind::Other, format!("the store is busy or broken ({detail}): try again later")),
            E::InvalidPath { .. } => (ErrorKind::Other, format!("there are objects with names that are no paths ({detail})")),
            _ if cause.is::<io::Error>() => {
                (ErrorKind::NotConnected, format!("the store cannot be reached ({detail}): check the network and the endpoint; {settings}"))
            }
            _ => (ErrorKind::Other, format!("the store did not answer as it should ({detail}): {settings}")),
        };
        io::Error::new(kind, text)
    }
}

/// The error if no answer came in time.
pub(super) fn timed_out(seconds: u64) -> io::Error {
    let text = format!("the store did not answer for {seconds} seconds: check the network, the region and the endpoint");
    io::Error::new(ErrorKind::TimedOut, text)
}

fn refused(detail: &str, settings: &str) -> (ErrorKind, String) {
    (ErrorKind::PermissionDenied, format!("the store refused it ({detail}): {settings}"))
}

/// The innermost cause, which holds the information. The outer errors repeat it between URLs and numbers of retries.
fn cause(error: &object_store::Error) -> &(dyn Error + 'static) {
    let mut cause: &(dyn Error + 'static) = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
}

/// A cause in one line. Stores answer with a page of XML, whose code can be looked up.
fn detail(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let line = text.split(['<', '\n']).next().unwrap_or_default().trim_end_matches([' ', ':']);
    let line = line.strip_prefix("Server returned non-2xx status code: ").unwrap_or(line);
    code.map_or_else(|| line.into(), |code| format!("{line}, {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn an_answer_in_xml_becomes_a_sentence_with_advice() {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>InvalidAccessKeyId</Code><Message>no</Message></Error>";
        let refused = Provider::Amazon.explained(&generic(&format!("Server returned non-2xx status code: 403 Forbidden: {body}")));
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        let text = refused.to_string();
        assert!(
            text.contains("403 Forbidden, InvalidAccessKeyId") && text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains('<'),
            "{text}"
        );
        assert!(text.contains("AWS_PROFILE"), "{text}");

        let missing =
            Provider::Amazon.explained(&generic("Server returned non-2xx status code: 404 Not Found: <Error><Code>NoSuchBucket</Code>"));
        assert!(missing.kind() == ErrorKind::NotFound && missing.to_string().contains("NoSuchBucket"), "{missing}");

        let refused = io::Error::new(ErrorKind::ConnectionRefused, "Connection refused (os error 111)");
        let lost = Provider::Google.explained(&object_store::Error::Generic { store: "GCS", source: refused.into() }).to_string();
        assert!(["cannot be reached", "Connection refused", "GOOGLE_"].iter().all(|part| lost.contains(part)), "{lost}");

        let busy = Provider::Amazon.explained(&generic("Server returned non-2xx status code: 503 Service Unavailable: ")).to_string();
        assert!(busy.contains("(503 Service Unavailable): try again later"), "{busy}");

        let denied = object_store::Error::PermissionDenied { path: "a".into(), source: "status 403".into() };
        assert!(Provider::Azure.explained(&denied).to_string().contains("AZURE_"));
    }
}
