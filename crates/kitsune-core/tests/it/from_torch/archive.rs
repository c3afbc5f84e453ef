//! Archives as `torch.save` writes them, taken apart and put together again.

/// Members by their names below the folder of the archive, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Archive(Vec<(String, Vec<u8>)>);

fn number<const N: usize>(bytes: &[u8], at: usize) -> usize {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(&bytes[at..at + N]);
    u64::from_le_bytes(wide) as usize
}

impl Archive {
    /// Takes a file of `torch.save` apart.
    pub(crate) fn of(file: &[u8]) -> Self {
        let end = file.len() - 22;
        let mut at = number::<4>(file, end + 16);
        let mut members = Vec::new();
        for _ in 0..number::<2>(file, end + 10) {
            let (size, header) = (number::<4>(file, at + 24), number::<4>(file, at + 42));
            let [name, extra, comment] = [28, 30, 32].map(|field| number::<2>(file, at + field));
            let full = String::from_utf8(file[at + 46..][..name].to_vec()).unwrap();
            let start = header + 30 + number::<2>(file, header + 26) + number::<2>(file, header + 28);
            members.push((full.split_once('/').unwrap().1.to_owned(), file[start..start + size].to_vec()));
            at += 46 + name + extra + comment;
        }
        Self(members)
    }

    /// An archive of a pickle alone.
    pub(crate) fn of_pickle(pickle: impl Into<Vec<u8>>) -> Self {
        Self::default().with("data.pkl", pickle)
    }

    /// With another content of a member, which may be new.
    pub(crate) fn with(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), content.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        assert_eq!(self.0.len(), before - 1, "there is a member {name}");
        self
    }

    pub(crate) fn content(&self, name: &str) -> &[u8] {
        &self.0.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes_claiming(|_, size| size)
    }

    /// The file, with what a member claims to have for bytes.
    pub(crate) fn bytes_claiming(&self, claim: impl Fn(&str, u32) -> u32) -> Vec<u8> {
        let (mut file, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in &self.0 {
            let full = format!("archive/{name}");
            let header = file.len() as u32;
            let size = claim(name, content.len() as u32).to_le_bytes();
            let checksum = crc32fast::hash(content).to_le_bytes();
            let length = (full.len() as u16).to_le_bytes();
            let common = [&[0; 8][..], &checksum, &size, &size, &length, &[0, 0]].concat();
            file.extend([&b"PK\x03\x04\0\0"[..], &common, full.as_bytes(), content].concat());
            directory.extend([&b"PK\x01\x02\0\0\0\0"[..], &common, &[0; 10], &header.to_le_bytes(), full.as_bytes()].concat());
        }
        let count = (self.0.len() as u16).to_le_bytes();
        let (start, size) = ((file.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
        file.extend(directory);
        file.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size, &start, &[0, 0]].concat());
        file
    }
}
