//! Numbers in the order of the host that captured.

/// Which end of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The order in which `bytes` are `number`.
    pub(super) fn of(bytes: [u8; 4], number: u32) -> Option<Self> {
        [Self::Little, Self::Big].into_iter().find(|order| order.number(bytes) == number)
    }

    /// The number at `at`; `None` beyond the end.
    #[inline]
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.number(*bytes.get(at..)?.first_chunk()?))
    }

    /// As `u32`.
    #[inline]
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    /// The number that these bytes are.
    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// As `u64`, with a sign.
    pub(super) fn i64(self, bytes: [u8; 8]) -> i64 {
        self.u64(bytes).cast_signed()
    }

    /// The bytes of `number`.
    pub(super) fn bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    #[inline]
    fn number(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}
