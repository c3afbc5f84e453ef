//! Why the packets of an interface are not seen.

use pcap::Device;

/// Why the packets of an interface are not seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// There is no interface of this name.
    #[error("there is no network interface {interface}, but there are {known}")]
    NoSuchInterface {
        /// The name as it was given.
        interface: String,
        /// The names of those there are, separated by commas.
        known: String,
    },

    /// Whoever runs the program has no right to see packets.
    #[error(
        "the packets of interface {interface} are not for everybody to see: run as root, or give the program the right, \
         on Linux by `setcap cap_net_raw+ep PROGRAM` ({reason})"
    )]
    NoRight {
        /// The name of the interface.
        interface: String,
        /// The words of libpcap.
        reason: String,
    },

    /// The interface is there, but cannot be opened.
    #[error("interface {interface} cannot be opened: {reason}")]
    NotOpened {
        /// The name of the interface.
        interface: String,
        /// The words of libpcap.
        reason: String,
    },

    /// Nothing is known of what the packets begin with.
    #[error("the packets of interface {interface} begin with a link layer that is not known ({link_type})")]
    UnknownLinkType {
        /// The name of the interface.
        interface: String,
        /// What they begin with: a name or a number of the registry of link types.
        link_type: String,
    },
}

impl LiveError {
    /// The error about an interface that libpcap did not open.
    pub(super) fn not_opened(interface: &str, error: &pcap::Error) -> Self {
        let known: Vec<_> = Device::list().unwrap_or_default().into_iter().map(|device| device.name).collect();
        let (interface, reason) = (interface.to_owned(), words(error));
        if !known.is_empty() && !known.contains(&interface) {
            Self::NoSuchInterface { interface, known: known.join(", ") }
        } else if is_about_rights(&reason) {
            Self::NoRight { interface, reason }
        } else {
            Self::NotOpened { interface, reason }
        }
    }
}

/// What libpcap says of an error.
pub(super) fn words(error: &pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(words) => words.clone(),
        other => other.to_string(),
    }
}

/// Whether libpcap, whose numbers of errors the crate does not pass on, complains about missing rights.
fn is_about_rights(reason: &str) -> bool {
    ["ermission", "ot permitted", "CAP_NET"].iter().any(|part| reason.contains(part))
}
