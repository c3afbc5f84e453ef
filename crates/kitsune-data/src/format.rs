//! The formats of files, and the choice whether CSV files have a header.

use std::ffi::OsStr;
use std::path::Path;

use crate::named::named;

/// The format of the files of a [`Source`](crate::Source).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Numbers separated by commas, one row per line (`.csv`), and Zeek's own logs (`.log`, `.labeled`).
    Csv,
    /// Apache Parquet (`.parquet`).
    Parquet,
    /// JSON objects, one row each: on lines, one after another, or in an array (`.ndjson`, `.jsonl`, `.json`).
    JsonLines,
    /// Apache Arrow IPC, also known as Feather (`.arrow`, `.feather`, `.ipc`).
    Ipc,
    /// Captures of packets, pcap and pcapng (`.pcap`, `.pcapng`, `.cap`), which are read and not written.
    Capture,
}

/// Whether the first row of each CSV file holds the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Header {
    /// The first row holds names, even if they look like numbers.
    Present,
    /// The first row holds data.
    Absent,
}

named! {
    Format: "format" {
        Csv => "csv" "Cells separated by a delimiter",
        Parquet => "parquet" "Apache Parquet",
        JsonLines => "ndjson" "JSON objects: one on each line, one after another, or in an array",
        Ipc => "ipc" "Apache Arrow's own: files, or streams",
        Capture => "capture" "Packets of a network: pcap and pcapng",
    }
    Header: "header" {
        Present => "present" "The first row holds names",
        Absent => "absent" "The first row is data",
    }
}

/// Extensions that name a compression and say nothing about the format.
const COMPRESSIONS: [&str; 2] = ["gz", "zst"];
/// Extensions of logs, which may be in any format or in none. Programs that label the flows of Zeek's logs append the last ones.
const LOGS: [&str; 3] = ["log", "labeled", "labelled"];

impl Format {
    /// The extensions of files in this format, without the dot. The first one is the usual one.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv"],
            Self::Parquet => &["parquet"],
            Self::JsonLines => &["ndjson", "jsonl", "json"],
            Self::Ipc => &["arrow", "feather", "ipc"],
            Self::Capture => &["pcap", "pcapng", "cap"],
        }
    }

    /// The format that the extension of `path` names, in upper or lower case. A `.gz` or `.zst` after it is ignored, and so is the number that
    /// programs append to the names of captures when they begin a new file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = extension(path)?;
        let is_of = |format: &Self| format.extensions().iter().any(|of_format| extension.eq_ignore_ascii_case(of_format));
        Self::ALL.iter().copied().find(is_of).or_else(|| is_rotated_capture(path).then_some(Self::Capture))
    }

    /// Whether the last extension of `path` is one of a compression.
    pub(crate) fn is_compressed(path: &Path) -> bool {
        path.extension().is_some_and(is_compression)
    }

    /// Whether the extension of `path` is one of logs, whose first bytes tell whether they hold rows: Zeek's own, or its JSON.
    pub(crate) fn may_be_log(path: &Path) -> bool {
        extension(path).is_some_and(|extension| LOGS.iter().any(|log| extension.eq_ignore_ascii_case(log)))
    }

    /// Whether the extension of `path` names a format but says little: beside rows of any format there may be a `.json` that describes them.
    pub(crate) fn is_vague(path: &Path) -> bool {
        extension(path).is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
    }

    /// The name of the format in a sentence.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::JsonLines => "NDJSON",
            Self::Ipc => "Arrow IPC",
            Self::Capture => "capture",
        }
    }
}

/// The extension before that of a compression, or the last one.
fn extension(path: &Path) -> Option<&OsStr> {
    let last = path.extension()?;
    if is_compression(last) { Path::new(path.file_stem()?).extension() } else { Some(last) }
}

/// Whether the name is that of a capture with a number behind it: `trace.pcap12`, `trace.pcap.3`.
fn is_rotated_capture(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    let name = name.rsplit_once('.').filter(|(_, last)| is_compression(OsStr::new(last))).map_or(&*name, |(name, _)| name);
    let before = name.trim_end_matches(|last: char| last.is_ascii_digit());
    let unnumbered = before.strip_suffix('.').unwrap_or(before);
    let names_capture = |(stem, extension): (&str, &str)| {
        !stem.is_empty() && Format::Capture.extensions().iter().any(|capture| extension.eq_ignore_ascii_case(capture))
    };
    before.len() < name.len() && unnumbered.rsplit_once('.').is_some_and(names_capture)
}

fn is_compression(extension: &OsStr) -> bool {
    COMPRESSIONS.iter().any(|compression| extension.eq_ignore_ascii_case(compression))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printed_and_read() {
        for &format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
            assert_eq!(serde_json::from_value::<Format>(format.name().into()).unwrap(), format);
        }
        for &header in Header::ALL {
            assert_eq!(header.to_string().parse(), Ok(header));
        }
        let error = "CSV".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "\"CSV\" is no format: it must be csv, parquet, ndjson, ipc or capture");
    }

    #[test]
    fn an_extension_tells_the_format_compressed_or_not() {
        for (name, format) in [
            ("flows.csv", Some(Format::Csv)),
            ("a/flows.v2.CSV.Gz", Some(Format::Csv)),
            ("flows.csv.zst", Some(Format::Csv)),
            ("flows.ndjson", Some(Format::JsonLines)),
            ("flows.jsonl.gz", Some(Format::JsonLines)),
            ("flows.parquet", Some(Format::Parquet)),
            ("flows.arrow", Some(Format::Ipc)),
            ("flows.Feather", Some(Format::Ipc)),
            ("flows.ipc", Some(Format::Ipc)),
            ("flows.gz", None),
            ("csv", None),
            (".csv", None),
            ("flows.csv.bz2", None),
            ("flows.json", Some(Format::JsonLines)),
            ("flows.JSON.gz", Some(Format::JsonLines)),
            ("flows.jso", None),
            ("trace.pcap", Some(Format::Capture)),
            ("trace.PcapNG.gz", Some(Format::Capture)),
            ("trace.cap.zst", Some(Format::Capture)),
            ("trace.pcap0", Some(Format::Capture)),
            ("trace.pcap12.gz", Some(Format::Capture)),
            ("trace.pcap.3", Some(Format::Capture)),
            ("pcap.3", None),
            ("trace.pcap.", None),
            ("trace.pcaps", None),
            ("trace.3", None),
            ("flows.csv.3", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
        for (name, expected) in [
            ("conn.log", true),
            ("logs/conn.2026-01-31.LOG.gz", true),
            ("conn.log.labeled", true),
            ("conn.log.labeled.zst", true),
            ("conn.log.csv", false),
            ("log", false),
        ] {
            assert_eq!(Format::may_be_log(Path::new(name)), expected, "{name}");
        }
    }
}
