//! The files that locations stand for.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::data_file::DataFile;
use super::folder::{self, Visited};
use super::how::How;
use super::location::{Kind, Location};
use super::pattern;
use super::sniff::{recognised, sniff};
use super::standard_input::StandardInput;
use super::store::{self, Store, Url};
use crate::error::{Error, LocationError};
use crate::format::Format;

/// The files of all locations, in the order of the locations, and their format.
///
/// A file that several locations lead to counts once. Without a format, all extensions that name one must name the same. The first bytes tell
/// the format of logs, and of a file that is named itself and whose extension tells nothing. With `spool`,
/// standard input is first copied to a file that can be read again.
pub(crate) fn find(locations: &[Location], format: Option<Format>, spool: bool) -> Result<(Format, Vec<DataFile>), Error> {
    find_with(locations, format, spool, &store::connect)
}

/// Connects to an object store. Tests replace it.
pub(super) type Connect<'a> = &'a dyn Fn(&Url) -> Result<Store, Error>;

pub(super) fn find_with(
    locations: &[Location],
    format: Option<Format>,
    spool: bool,
    connect: Connect<'_>,
) -> Result<(Format, Vec<DataFile>), Error> {
    if locations.is_empty() {
        return Err(LocationError::NothingNamed.into());
    }
    let group = |location| Group::new(location, format.is_none(), spool, connect);
    let groups: Vec<_> = locations.iter().map(group).collect::<Result<_, _>>()?;
    let format = format.map_or_else(|| guess(locations, &groups), Ok)?;
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for (location, group) in locations.iter().zip(groups) {
        files.extend(group.of_format(location, format)?.into_iter().filter(|file| seen.insert(file.identity())));
    }
    Ok((format, files))
}

/// The files of one location.
struct Group {
    how: How,
    files: Vec<(DataFile, Option<Format>)>,
}

impl Group {
    fn new(location: &Location, must_guess: bool, spool: bool, connect: Connect<'_>) -> Result<Self, Error> {
        let (how, files) = match &location.0 {
            Kind::StandardInput(input) => return Self::standard_input(input, must_guess, spool),
            Kind::Path(path) => at_path(path)?,
            Kind::Pattern(pattern) => (How::Pattern, matching(pattern)?),
            Kind::Url(url) => store::find(url, &connect(url)?)?,
        };
        let path = || location.to_string().into();
        match how {
            How::Folder if files.is_empty() => return Err(LocationError::EmptyFolder { path: path() }.into()),
            How::Pattern if files.is_empty() => return Err(LocationError::NoMatch { pattern: path() }.into()),
            _ => {}
        }
        // Beside files of rows a log is what logs usually are.
        let looks_at_logs = how == How::File || files.iter().all(|file| Format::of(file.name()).is_none());
        let is_clear = |file: &DataFile| Format::of(file.name()).is_some() && !Format::is_vague(file.name());
        let has_clear = must_guess && how != How::File && files.iter().any(is_clear);
        let with_format = |file: DataFile| {
            let format = match Format::of(file.name()).filter(|_| !has_clear || is_clear(&file)) {
                None if looks_at_logs && Format::may_be_log(file.name()) || must_guess && how == How::File => {
                    recognised(&mut file.open()?).map_err(Error::read(file.name()))?
                }
                format => format,
            };
            Ok::<_, Error>((file, format))
        };
        Ok(Self { how, files: files.into_iter().map(with_format).collect::<Result<_, _>>()? })
    }

    fn standard_input(input: &Arc<StandardInput>, must_guess: bool, spool: bool) -> Result<Self, Error> {
        let file = DataFile::standard_input(input, spool)?;
        let format = if must_guess { Some(sniff(&mut file.open()?).map_err(Error::read(file.name()))?) } else { None };
        Ok(Self { how: How::File, files: vec![(file, format)] })
    }

    fn of_format(self, location: &Location, format: Format) -> Result<Vec<DataFile>, Error> {
        let found = found(&self.files);
        let has_any = self.files.iter().any(|(_, of_file)| *of_file == Some(format));
        let is_wanted = |of_file: Option<Format>| match self.how {
            How::File => true,
            // A pattern for names whose extensions name no format means all of them.
            How::Pattern if !has_any => of_file.is_none(),
            How::Pattern | How::Folder => of_file == Some(format),
        };
        let files: Vec<_> = self.files.into_iter().filter(|(_, of_file)| is_wanted(*of_file)).map(|(file, _)| file).collect();
        if files.is_empty() {
            return Err(
                LocationError::NoSuchFiles { path: location.to_string().into(), wanted: listed(&dotted(&[format]), "or"), found }.into()
            );
        }
        if let Some(empty) = files.iter().find(|file| file.bytes() == Some(0) && Format::is_compressed(file.name())) {
            return Err(LocationError::NothingCompressed { path: empty.name().into() }.into());
        }
        Ok(files)
    }
}

fn at_path(path: &Path) -> Result<(How, Vec<DataFile>), Error> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => LocationError::Missing { path: path.into() }.into(),
        _ => Error::Read { path: path.into(), source },
    })?;
    if metadata.is_file() {
        return Ok((How::File, vec![DataFile::local(path.into(), metadata.len())]));
    }
    if !metadata.is_dir() {
        return Err(LocationError::NotAFile { path: path.into() }.into());
    }
    let mut files = Vec::new();
    folder::walk(path, &mut Visited::new(), &mut files)?;
    files.sort_by(|a, b| a.name().cmp(b.name()));
    Ok((How::Folder, files))
}

/// The files that match a pattern, and all files in the folders that match.
fn matching(pattern: &Path) -> Result<Vec<DataFile>, Error> {
    let (mut files, mut visited) = (Vec::new(), Visited::new());
    for path in pattern::expand(pattern)? {
        let metadata = fs::metadata(&path).map_err(Error::read(&path))?;
        if metadata.is_dir() {
            folder::walk(&path, &mut visited, &mut files)?;
        } else if metadata.is_file() {
            files.push(DataFile::local(path, metadata.len()));
        }
    }
    files.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(files)
}

fn guess(locations: &[Location], groups: &[Group]) -> Result<Format, Error> {
    let named = groups.iter().filter(|group| group.how == How::File).flat_map(|group| &group.files);
    if let Some((file, _)) = named.clone().find(|(_, format)| format.is_none()) {
        return Err(LocationError::UnknownFormat { path: file.name().into() }.into());
    }
    let count = |format| groups.iter().flat_map(|group| &group.files).filter(|(_, of_file)| *of_file == Some(format)).count();
    let counts: Vec<_> = Format::ALL.iter().copied().map(|format| (format, count(format))).filter(|(_, count)| *count > 0).collect();
    match counts[..] {
        [(format, _)] => Ok(format),
        [] => {
            // Every group has files here, but no extension names a format.
            let wanted = listed(&dotted(Format::ALL), "or");
            Err(LocationError::NoSuchFiles { path: locations[0].to_string().into(), wanted, found: found(&groups[0].files) }.into())
        }
        _ => {
            let named: Vec<_> = locations.iter().map(ToString::to_string).collect();
            let found: Vec<_> = counts.iter().map(|(format, count)| format!("{count} .{}", format.extensions()[0])).collect();
            Err(LocationError::MixedFormats { locations: listed(&named, "and"), found: listed(&found, "and") }.into())
        }
    }
}

/// The number of files of each extension, such as "2 .json, 1 .txt".
fn found(files: &[(DataFile, Option<Format>)]) -> String {
    let mut counts = BTreeMap::new();
    for (file, _) in files {
        let extension = file.name().extension().map_or_else(|| "without extension".into(), |name| format!(".{}", name.to_string_lossy()));
        *counts.entry(extension).or_insert(0_usize) += 1;
    }
    counts.iter().map(|(extension, count)| format!("{count} {extension}")).collect::<Vec<_>>().join(", ")
}

/// The usual extensions of the formats.
fn dotted(formats: &[Format]) -> Vec<String> {
    formats.iter().map(|format| format!(".{}", format.extensions()[0])).collect()
}

/// The items as "a, b and c".
fn listed(items: &[String], last: &str) -> String {
    match items {
        [first @ .., end] if !first.is_empty() => format!("{} {last} {end}", first.join(", ")),
        _ => items.concat(),
    }
}
