//! Files that are damaged, and files that somebody made to do harm.

use kitsune_core::Error;

use super::archive::Archive;
use super::pickles::{Tensor, dict, list, number, pickle, text};
use super::{FILE, import, refused, small};

#[test]
fn a_pickle_that_asks_for_a_call_is_refused() {
    let of_protocol_4 = [b"\x8c\x05posix\x8c\x06getpid\x93".to_vec(), b")R".to_vec()].concat();
    let calls: [(&[u8], &str); 9] = [
        (b"cposix\ngetpid\n)R", "posix.getpid"),
        (&of_protocol_4, "posix.getpid"),
        (b"(iposix\ngetpid\n", "posix.getpid"),
        (b"(cposix\ngetpid\no", "posix.getpid"),
        (b"cposix\ngetpid\n(K\x01t\x81", "posix.getpid"),
        (b"cposix\ngetpid\n)}X\x01\0\0\0aNs\x92", "posix.getpid"),
        (b"c__builtin__\neval\nX\x03\0\0\x001+1\x85R", "builtins.eval"),
        (b"ccollections\nOrderedDict\n]\x85R", "collections.OrderedDict"),
        (b"ctorch._utils\n_rebuild_qtensor\n)R", "torch._utils._rebuild_qtensor"),
    ];
    for (call, callable) in calls {
        let error = refused(&Archive::of_pickle(pickle(call)).bytes(), &["asks for a call", callable, "calls nothing"]);
        assert!(matches!(error, Error::Call { callable: found, .. } if found == callable));
        // Beside weights, too.
        let weights = small([("seed", call.to_vec())]);
        assert!(matches!(import(&weights), Err(Error::Call { .. })), "{callable}");
    }
}

#[test]
fn what_is_missing_or_never_set_is_told() {
    let archive = Archive::of(FILE);
    refused(&archive.clone().without("data/4").bytes(), &["is damaged", "tensor tails.0.w needs the storage 4, which the file lacks"]);
    refused(&archive.clone().without("data/12").bytes(), &["tensor head.reconstruct_bias needs the storage 12"]);
    refused(&archive.clone().with("data/7", [0; 48]).bytes(), &["is damaged", "tensor tails.1.w holds nothing but zeros"]);
    refused(
        &archive.clone().with("data/7", [0; 44]).bytes(),
        &["the storage 7 of tensor tails.1.w has 44 bytes, not those of 12 elements"],
    );
    for value in [f32::NAN, f32::NEG_INFINITY, 2e30] {
        let values = [value.to_le_bytes(), 1_f32.to_le_bytes()].concat();
        refused(&archive.clone().with("data/5", values).bytes(), &["is damaged", "tails.0.hidden_bias holds"]);
    }
    // Biases of a model that has not been trained.
    assert!(import(&archive.with("data/5", [0; 8]).bytes()).is_ok());
}

#[test]
fn a_wrong_checksum_is_told_and_none_is_no_error() {
    let at = FILE.windows(4).position(|bytes| bytes == 0.019_802_582_f32.to_le_bytes()).unwrap();
    let mut changed = FILE.to_vec();
    changed[at] ^= 1;
    refused(&changed, &["is damaged", "the checksum of its member kitsune/data/4 is wrong"]);
    let entry = changed.windows(14).rposition(|bytes| bytes == b"kitsune/data/4").unwrap();
    changed[entry - 46 + 16..][..4].fill(0);
    assert!(import(&changed).is_ok());
}

#[test]
fn a_file_that_was_cut_or_changed_anywhere_is_no_panic() {
    for length in (0..FILE.len()).step_by(41) {
        assert!(import(&FILE[..length]).is_err(), "{length}");
    }
    for (at, change) in (0..FILE.len()).step_by(3).zip([1, 0x80, 0xff, 0x40, 0x10].into_iter().cycle()) {
        let mut changed = FILE.to_vec();
        changed[at] ^= change;
        // Notes and gaps may be anything.
        import(&changed).ok();
    }
}

#[test]
fn a_pickle_that_uses_what_is_not_there_is_damaged() {
    for broken in [
        &b""[..],
        b".",
        b"t.",
        b"R.",
        b"Nb.",
        b"}Ns.",
        b"h\x07.",
        b"(0.",
        b"a.",
        b"NQ.",
        b"N\x81.",
        b"X\xff\xff\xff\xffab.",
        b"\x8a\xff\x01.",
        b"S'a'\n.",
    ] {
        let error = refused(&Archive::of_pickle([b"\x80\x02", broken].concat()).bytes(), &["is damaged"]);
        assert!(matches!(error, Error::Inconsistent { .. }));
    }
    refused(&Archive::of_pickle(b"\x80\x06N.").bytes(), &["protocol 6"]);
}

#[test]
fn lists_that_hold_themselves_are_looked_at_once() {
    // The list of clusters is in itself, as is the dictionary.
    let rings = [text("clusters"), b"]q\x01h\x01a".to_vec()].concat();
    refused(&Archive::of_pickle([b"\x80\x02}q\x00(".to_vec(), rings, text("model"), b"h\x00u.".to_vec()].concat()).bytes(), &["it holds"]);
    // A module that is its own part.
    let itself = [b"cnets\nNet\n)\x81q\x00}(".to_vec(), text("_modules"), b"}".to_vec(), text("a"), b"h\x00subh\x00.".to_vec()].concat();
    refused(&Archive::of_pickle([b"\x80\x02".to_vec(), itself].concat()).bytes(), &["modules inside of modules"]);
}

#[test]
fn shapes_and_clusters_that_the_file_cannot_have_are_refused() {
    let huge = |shape: &[u64], strides: &[u64]| Tensor { storage: "two", elements: 2, offset: 0, shape, strides }.pickled();
    for bias in [1 << 40, u64::MAX >> 1, 1 << 16] {
        let entries = [
            ("tails.0.reconstruct_bias", huge(&[bias], &[0])),
            ("tails.0.w", huge(&[bias, 0], &[0, 0])),
            ("tails.0.hidden_bias", huge(&[0], &[1])),
        ];
        refused(&small(entries), &["far more than a file of its length holds"]);
    }
    let repeated = Tensor { storage: "none", elements: 0, offset: 0, shape: &[2], strides: &[0] };
    refused(&small([("tails.0.reconstruct_bias", repeated.pickled())]), &["more elements than its storage, which has 0"]);
    let far = Tensor { storage: "two", elements: 2, offset: u64::MAX >> 1, shape: &[2], strides: &[u64::MAX >> 1] };
    refused(&small([("tails.0.reconstruct_bias", far.pickled())]), &["more elements than its storage"]);
    // A list of a thousand features, a thousand times over.
    let many = list((0..1_000).map(number));
    let clusters = [b"](".to_vec(), many, b"q\x01".to_vec(), b"h\x01".repeat(1_000), b"e".to_vec()].concat();
    let weights =
        dict([("head.w", huge(&[1, 0], &[1, 1])), ("head.hidden_bias", huge(&[0], &[1])), ("head.reconstruct_bias", huge(&[1], &[1]))]);
    let tail =
        [("tails.0.w", huge(&[2, 0], &[1, 1])), ("tails.0.hidden_bias", huge(&[0], &[1])), ("tails.0.reconstruct_bias", huge(&[2], &[1]))];
    let weights = [&weights[..weights.len() - 1], &dict(tail)[2..]].concat();
    let file = pickle(&dict([("model", weights), ("clusters", clusters)]));
    refused(&Archive::of_pickle(file).bytes(), &["other features than the 2 that its tails see"]);
}

#[test]
fn a_member_that_claims_more_than_the_file_has_is_damaged() {
    let archive = Archive::of(FILE);
    for (name, claimed) in [("data/4", u32::MAX - 1), ("data.pkl", 1 << 20), ("byteorder", 60)] {
        refused(&archive.bytes_claiming(|known, size| if known == name { claimed } else { size }), &["is damaged"]);
    }
    refused(&archive.bytes_claiming(|known, size| if known == "data.pkl" { u32::MAX - 1 } else { size }), &["more than any Kitsune needs"]);
    assert_eq!(archive.content("byteorder"), b"little");
}
