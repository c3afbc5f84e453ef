//! Captures: packets as rows of statistics.

use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use kitsune_data::{
    Batch, Condition, Error, Format, Location, Missing, Note, PacketReading, PassProgress, Reading, Remark, Sink, Source, SourceOptions,
};

use crate::captured::{arp, conversation, header, ip, pcap, record, udp};
use crate::folder::{Folder, assert_says, error, rows, values};
use crate::formats::gzip;

const FIELDS: [&str; 10] =
    ["time", "packet", "source", "destination", "source_port", "destination_port", "protocol", "length", "source_mac", "destination_mac"];

fn capture(packets: &[(u64, Vec<u8>)]) -> Folder {
    Folder::new().file("a.pcap", pcap(packets))
}

fn batches(source: &Source) -> Vec<Batch> {
    source.pass(0).unwrap().map(Result::unwrap).collect()
}

/// What is kept of each row that has values.
fn kept(source: &Source, columns: &[&str]) -> Vec<Vec<String>> {
    let source = source.clone().keep(columns).unwrap();
    let texts = |batch: &Batch| batch.kept(&(0..batch.rows()).collect::<Vec<_>>()).unwrap();
    let rows = batches(&source).iter().flat_map(texts).collect::<Vec<_>>();
    rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect()
}

fn remarks(source: &Source) -> Vec<String> {
    let mut pass = source.pass(0).unwrap();
    assert!(pass.by_ref().all(|batch| batch.is_ok()));
    pass.progress().remarks().iter().map(Remark::to_string).collect()
}

#[test]
fn a_packet_is_a_row_of_statistics_and_what_its_headers_say_stands_aside() {
    let folder = capture(&[(1_700_000_000_500_001, udp(1, 1_024, 2, 4)), (1_700_000_001_000_000, arp(2, 1))]);
    let source = folder.open();
    assert_eq!((source.format(), source.features(), source.notes().len()), (Format::Capture, 100, 0));
    assert_eq!(source.names().unwrap()[..2], ["MI_dir_L5_weight", "MI_dir_L5_mean"]);
    let found = rows(&source, 0);
    assert_eq!((found.len(), &found[0][..3], &found[1][..3]), (2, &[1.0, 46.0, 0.0][..], &[1.0, 42.0, 0.0][..]));
    let texts = kept(&source, &FIELDS);
    let (first, second) = ("02:00:00:00:00:01", "02:00:00:00:00:02");
    assert_eq!(texts[0], ["1700000000.500001", "1", "192.0.2.1", "192.0.2.2", "1024", "53", "udp", "46", first, second]);
    assert_eq!(texts[1], ["1700000001.000000", "2", "192.0.2.2", "192.0.2.1", "arp", "42", second, first]);
    let chosen = source.clone().select(["length", "time", "*_L5_weight"]).unwrap();
    assert_eq!((chosen.features(), chosen.names().unwrap().last().unwrap().as_str()), (6, "length"));
    assert_eq!(rows(&chosen, 0)[0][4..], [1_700_000_000.500_001, 46.0]);
    assert_says(&error(source.clone().select(["protocol", "length"])), &["protocol (a protocol)", "must be left out"]);
    assert_says(&error(source.select(["destination_port"])), &["a.pcap, row 2, column 105 (destination_port)", "missing (null)"]);
}

#[test]
fn statistics_do_not_depend_on_what_is_chosen() {
    let folder = capture(&conversation(50));
    let all = rows(&folder.open(), 0);
    let some = folder.open().select(["HH_L0.1_mean", "packet"]).unwrap();
    let column = folder.open().names().unwrap().iter().position(|name| name == "HH_L0.1_mean").unwrap();
    let expected: Vec<_> = all.iter().zip(1_u32..).map(|(row, packet)| vec![row[column], f64::from(packet)]).collect();
    assert_eq!(rows(&some, 0), expected);
    let kept = kept(&folder.open().select(["length"]).unwrap(), &["HH_L0.1_mean"]);
    assert!(kept.iter().zip(&expected).all(|(kept, row)| kept[0].parse() == Ok(row[0])));
}

#[test]
fn a_capture_is_known_by_its_name_or_by_its_first_bytes() {
    let bytes = pcap(&conversation(20));
    let expected = rows(&capture(&conversation(20)).open(), 0);
    for name in ["a.pcap", "a.PCAPNG", "a.cap", "a.pcap0", "a.pcap12", "a.pcap.3", "a.pcap.gz", "a.pcap3.zst", "sub/a.pcap"] {
        let stored = match name.rsplit_once('.').unwrap().1 {
            "gz" => gzip(&bytes),
            "zst" => zstd::encode_all(&bytes[..], 3).unwrap(),
            _ => bytes.clone(),
        };
        assert_eq!(rows(&Folder::new().file(name, stored).open(), 0), expected, "{name}");
    }
    let folder = Folder::new().file("trace", &bytes).file("trace.dmp", gzip(&bytes));
    for name in ["trace", "trace.dmp"] {
        assert_eq!(rows(&Source::open(folder.path().join(name)).unwrap(), 0), expected, "{name}");
    }
    let stream = SourceOptions::new().open_all(&[Location::standard_input(io::Cursor::new(bytes))]).unwrap();
    assert_eq!((stream.format(), rows(&stream, 0)), (Format::Capture, expected));
}

/// A conversation in one capture, and in three whose names are in another order than their packets.
fn whole_and_parts() -> [Folder; 2] {
    let packets = conversation(5_000);
    let whole = Folder::new().file("a.pcap", pcap(&packets));
    let parts = Folder::new().file("c.pcap", pcap(&packets[..1_000])).file("b.pcap.gz", gzip(pcap(&packets[1_000..1_003])));
    [whole, parts.file("a.pcap", pcap(&packets[1_003..])).file("0.pcap", header(1))]
}

#[test]
fn several_captures_are_one_stream_in_the_order_of_their_packets() {
    let [whole, parts] = whole_and_parts();
    let (one, several) = (whole.open(), parts.open());
    let names: Vec<_> = several.files().iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["0.pcap", "c.pcap", "b.pcap.gz", "a.pcap"]);
    assert!(rows(&one, 0) == rows(&several, 0) && rows(&several, 0) == rows(&several, 0), "each pass begins anew");
    assert_eq!(kept(&several, &["time", "packet"]), kept(&one, &["time", "packet"]));
    let named = ["a.pcap", "b.pcap.gz", "c.pcap"].map(|name| Location::parse(parts.path().join(name)).unwrap());
    assert!(rows(&SourceOptions::new().open_all(&named).unwrap(), 0) == rows(&one, 0), "whatever order they are named in");
    let lags = |source: &Source| rows(&source.clone().select(["length", "packet"]).unwrap().with_lags(2), 0);
    assert!(lags(&several) == lags(&one), "the packets before the first one of a file are those of the file before");
    assert_eq!(lags(&several).len(), 4_998);
}

#[test]
fn a_shuffled_pass_has_the_rows_of_the_first_one_cached_or_not() {
    let [_, parts] = whole_and_parts();
    let source = parts.open().with_shuffle(7);
    let numbered = |pass: kitsune_data::Pass| {
        let mut rows: Vec<(u64, Vec<u64>)> = Vec::new();
        for batch in pass.map(Result::unwrap) {
            let values: Vec<_> = values(&batch).into_iter().map(f64::to_bits).collect();
            rows.extend(batch.numbers().iter().copied().zip(values.chunks(100).map(<[u64]>::to_vec)));
        }
        rows
    };
    let mut first = numbered(source.pass(0).unwrap());
    first.sort();
    for epoch in [1, 2] {
        let mut shuffled = numbered(source.pass(epoch).unwrap());
        assert!(!shuffled.is_sorted());
        shuffled.sort();
        assert!(shuffled == first);
    }
    let cached = source.clone().cached(64 << 20);
    assert_eq!(cached.pass(0).unwrap().map(|batch| batch.unwrap().rows()).sum::<usize>(), 5_000);
    assert!(cached.is_complete() && numbered(cached.pass(1).unwrap()) == numbered(source.pass(1).unwrap()));
}

/// Five packets, of which the second and the fourth name nobody.
fn with_nameless() -> Vec<(u64, Vec<u8>)> {
    let mut packets = conversation(5);
    packets[1].1.truncate(5);
    packets[3].1.truncate(0);
    packets
}

#[test]
fn a_packet_that_names_no_source_keeps_its_line_and_is_counted() {
    let folder = capture(&with_nameless());
    for missing in [Missing::Refuse, Missing::Drop, Missing::Fill(0.0), Missing::Mean] {
        let source = folder.open().with_missing(missing).keep(["time", "source"]).unwrap();
        let [batch] = &batches(&source)[..] else { panic!("one piece") };
        assert_eq!((batch.rows(), batch.records().rows()), (3, 5));
        assert_eq!((batch.row_numbers(), batch.lines()), (vec![1, 3, 5], vec![0, 2, 4]));
        assert_eq!(batch.kept(&[1]).unwrap()[0][1].1, "192.0.2.3");
        let told = |column| batch.kept_column(column, &[0, 1, 2, 3, 4]).unwrap().unwrap().iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(told("time"), [true; 5], "packets that are no rows have a time, too");
        assert_eq!(told("source"), [true, false, true, false, true]);
        assert!(batch.kept_column("length", &[0]).unwrap().is_none());
    }
    let found = remarks(&folder.open());
    assert_eq!(found, ["2 packets: headers cut off", "2 packets: no source is named, and so without a result"]);
    let lagged = folder.open().select(["packet"]).unwrap().with_lags(1);
    assert_eq!(rows(&lagged, 0), [[3.0, 1.0], [5.0, 3.0]]);
    assert_eq!(batches(&lagged)[0].lines(), [2, 4]);
}

#[test]
fn a_label_belongs_to_each_packet_whether_it_is_a_row_or_not() {
    let folder = capture(&with_nameless()).file("labels.txt", "0\n0\n1\n1\n0\n");
    let source = Source::open(folder.path().join("a.pcap")).unwrap().with_labels_from(folder.path().join("labels.txt")).unwrap();
    let labelled = source.clone().with_row_labels();
    let batch = &batches(&labelled)[0];
    assert_eq!((batch.anomalies().unwrap(), batch.lines()), (&[false, true, false][..], vec![0, 2, 4]));
    let progress = PassProgress::new();
    let normal = source.normal_only().keep(["packet"]).unwrap().with_progress(&progress);
    let batch = &batches(&normal)[0];
    assert_eq!((batch.rows(), batch.records().rows(), batch.lines()), (2, 3, vec![0, 2]));
    assert_eq!((batch.kept(&[1]).unwrap()[0][0].1.as_str(), progress.left_out()), ("5", 2));
    let all = rows(&folder_rows(&folder), 0);
    assert_eq!(values(batch), [&all[0][..], &all[2]].concat(), "what is left out counts in the statistics");
    let short = folder.file("labels.txt", "0\n1\n0\n");
    let wrong = Source::open(short.path().join("a.pcap")).unwrap().with_labels_from(short.path().join("labels.txt"));
    assert_says(&error(wrong), &["3 labels", "5 rows"]);
}

fn folder_rows(folder: &Folder) -> Source {
    Source::open(folder.path().join("a.pcap")).unwrap()
}

#[test]
fn conditions_leave_out_rows_and_not_packets() {
    let folder = capture(&conversation(40));
    let all = rows(&folder.open(), 0);
    for (conditions, is_met) in [
        (&["protocol=arp"][..], (|at: usize| at % 5 == 4) as fn(usize) -> bool),
        (&["source=192.0.2.1", "source=192.0.2.2", "protocol!=arp"], |at| at % 3 < 2 && at % 5 < 4),
        (&["source_port=1001"], |at| at % 2 == 1 && at % 5 < 4),
        (&["source_port="], |at| at % 5 == 4),
        (&["packet=7.0"], |at| at == 6),
        (&["MI_dir_L5_weight=1"], |at| at < 3),
    ] {
        let conditions = conditions.iter().map(|text| text.parse::<Condition>().unwrap());
        let source = folder.open().with_conditions(conditions).unwrap();
        let expected: Vec<_> = (0..40).filter(|&at| is_met(at)).collect();
        assert_eq!(rows(&source, 0), expected.iter().map(|&at| all[at].clone()).collect::<Vec<_>>());
        let numbers: Vec<_> = batches(&source).iter().flat_map(Batch::row_numbers).collect();
        assert_eq!(numbers, expected.iter().map(|&at| at as u64 + 1).collect::<Vec<_>>());
        assert_eq!(batches(&source)[0].records().rows(), expected.len());
    }
    let labelled = folder.open().with_label("protocol").unwrap().with_normal_labels(["udp"]);
    assert_eq!(batches(&labelled.clone().with_row_labels())[0].anomalies().unwrap().iter().filter(|&&arp| arp).count(), 8);
    assert_eq!(rows(&labelled.normal_only(), 0).len(), 32);
    let unlabelled = folder.open().with_label("source_port").unwrap().with_row_labels().with_normal_labels(["1000"]);
    assert_says(&error(Ok(unlabelled)), &["a.pcap, row 5, column 104 (source_port)", "label"]);
}

#[test]
fn a_model_remembers_how_packets_became_rows() {
    let folder = capture(&conversation(30));
    let wanted = |edit: fn(&mut PacketReading)| {
        let mut packets = PacketReading::default();
        edit(&mut packets);
        SourceOptions::new().with_packets(packets).open(folder.path())
    };
    let source = wanted(|packets| packets.statistics = 115).unwrap();
    assert_eq!(source.features(), 115);
    let json = serde_json::to_value(source.reading()).unwrap();
    assert_eq!(json["packets"], serde_json::json!({"statistics": 115, "max_streams": 1_000_000, "inner": false, "link_types": [1]}));
    let again = SourceOptions::new().with_reading(serde_json::from_value(json).unwrap()).open(folder.path()).unwrap();
    assert!(again.features() == 115 && again.notes().is_empty() && rows(&again, 0) == rows(&source, 0));
    assert_says(&error(wanted(|packets| packets.statistics = 7)), &["100 or 115 statistics, not 7"]);
    let many_hosts: Vec<_> = (0..80).map(|at| (at, udp(at as u8 % 40, 1_000, 200, 10))).collect();
    let hosts = capture(&many_hosts);
    let mut packets = PacketReading::default();
    packets.max_streams = 1;
    let few = SourceOptions::new().with_packets(packets).open(hosts.path()).unwrap();
    assert!(remarks(&few).iter().any(|remark| remark.contains("forgotten")), "{:?}", remarks(&few));
    assert!(rows(&few, 0) != rows(&hosts.open(), 0), "what was forgotten begins anew");

    let older: Reading = serde_json::from_str(r#"{"lags": 1}"#).unwrap();
    assert_eq!((older.packets.clone(), serde_json::to_value(&older).unwrap().get("packets")), (None, None));
    let csv = Folder::new().file("a.csv", "1,2\n").open();
    assert_eq!(csv.reading().packets, None);
    let other = Folder::new().file("a.pcap", [header(101), record(0, &ip(1, 2, 3, 4))].concat());
    let source = SourceOptions::new().with_reading(folder.open().reading()).open(other.path()).unwrap();
    let [note @ Note::OtherLinkTypes { .. }] = source.notes() else { panic!("{:?}", source.notes()) };
    assert_says(&note.to_string(), &["link type RAW", "of ETHERNET"]);
}

#[test]
fn the_addresses_inside_of_a_tunnel_are_those_of_the_packet_if_they_are_wanted() {
    let (outer, inner) = (ip(1, 1_000, 2, 0), ip(8, 1_001, 9, 100));
    // IP in IP: the protocol 4, and the length of both.
    let mut frame = [&outer[..20], &inner].concat();
    let length = frame.len() as u16;
    frame[2..4].copy_from_slice(&length.to_be_bytes());
    frame[9] = 4;
    let folder = Folder::new().file("a.pcap", [header(101), record(0, &frame)].concat());
    let mut packets = PacketReading::default();
    assert_eq!(kept(&folder.open(), &["source", "source_port"]), [["192.0.2.1"]]);
    packets.inner = true;
    let source = SourceOptions::new().with_packets(packets).open(folder.path()).unwrap();
    assert_eq!(kept(&source, &["source", "source_port"]), [["192.0.2.8", "1001"]]);
}

/// A stream of which each part is sent by hand.
struct Sent {
    parts: Receiver<Vec<u8>>,
    /// What is left of the last part.
    rest: Vec<u8>,
}

impl Read for Sent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = match self.parts.recv_timeout(Duration::from_mins(1)) {
                Ok(part) => part,
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => return Err(io::Error::other("a packet that was sent was not delivered")),
            };
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

#[test]
fn packets_that_have_arrived_do_not_wait_for_later_ones() {
    let packets = conversation(6);
    let records: Vec<_> = packets.iter().map(|(at, frame)| record(*at, frame)).collect();
    let (sender, receiver) = channel();
    let send = |bytes: &[u8]| sender.send(bytes.to_vec()).unwrap();
    send(&header(1));
    send(&records[0]);
    let source = SourceOptions::new().open_all(&[Location::standard_input(Sent { parts: receiver, rest: Vec::new() })]).unwrap();
    let mut pass = source.pass(0).unwrap();
    let mut arrive = || values(&pass.next().unwrap().unwrap()).len() / 100;
    assert_eq!(arrive(), 1);
    // Two packets, and the first bytes of a third.
    send(&[&records[1][..], &records[2], &records[3][..20]].concat());
    assert_eq!(arrive(), 2);
    send(&records[3][20..]);
    assert_eq!(arrive(), 1);
    send(&records[4]);
    assert_eq!(arrive(), 1);
    drop(sender);
    assert!(pass.next().is_none());
}

#[test]
fn packets_that_a_capture_has_lost_are_told_and_a_stream_has_its_name() {
    let block = |kind: u32, body: &[u8]| {
        let length = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    };
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let lost = [&[0; 12][..], &[7, 0, 8, 0], &12_u64.to_le_bytes(), &[0; 4]].concat();
    let bytes = [block(0x0a0d_0d0a, &section), block(1, &[1, 0, 0, 0, 0, 1, 0, 0]), block(5, &lost)].concat();
    let stream = Location::stream("interface eth0", io::Cursor::new(bytes));
    let source = SourceOptions::new().open_all(std::slice::from_ref(&stream)).unwrap();
    assert_eq!(source.files(), [Path::new("interface eth0")]);
    assert_eq!(remarks(&source), ["12 packets: lost before they were captured, and so without a row"]);
    assert_says(&SourceOptions::new().open_all(&[stream]).unwrap_err().to_string(), &["interface eth0 can be read once only"]);
}

#[test]
fn what_is_no_capture_is_an_error_and_what_is_cut_is_told() {
    let bytes = pcap(&conversation(20));
    let whole = rows(&capture(&conversation(20)).open(), 0);
    for (name, content, said) in [
        ("a.pcap", b"".to_vec(), "empty"),
        ("a.pcap", b"a,b\n1,2\n".to_vec(), "no pcap or pcapng capture"),
        ("a.pcap", bytes[..10].to_vec(), "within its header"),
        ("a.pcapng", bytes[1..].to_vec(), "no pcap or pcapng capture"),
        ("a.pcap", b"\n\r\r\n".repeat(40), "a.pcap"),
        ("a.pcap.gz", gzip(&bytes)[..200].to_vec(), "a.pcap.gz"),
        ("a.pcap.gz", Vec::new(), "a.pcap.gz is empty"),
    ] {
        assert_says(&Folder::new().file(name, content).error(), &["a.pcap", said]);
    }
    assert_says(&Folder::new().error(), &["holds no files"]);
    for length in (24..bytes.len()).step_by(13) {
        let folder = Folder::new().file("a.pcap", &bytes[..length]);
        let found = rows(&folder.open(), 0);
        assert_eq!(found, whole[..found.len()], "{length} bytes");
        let is_cut = remarks(&folder.open()).iter().any(|remark| remark.starts_with("1 capture: ends within a packet"));
        assert_eq!(is_cut, bytes[..length] != pcap(&conversation(found.len())), "{length} bytes");
    }
    // A length that no packet has: the rest cannot be read.
    let mut damaged = bytes.clone();
    let second = 24 + 16 + conversation(1)[0].1.len();
    damaged[second + 8..second + 12].fill(0xff);
    let folder = Folder::new().file("a.pcap", damaged);
    assert_eq!(rows(&folder.open(), 0), whole[..1]);
    assert_says(&remarks(&folder.open())[0], &["1 capture: only the beginning was read", "a.pcap", &format!("from byte {second} on")]);
    let nothing = Folder::new().file("a.pcap", header(1));
    assert!(rows(&nothing.open(), 0).is_empty());
    assert_eq!(nothing.open().keep(["time", "packet"]).unwrap().empty_records().unwrap().rows(), 0);
}

#[test]
fn rows_before_a_failed_read_are_delivered() {
    let bytes = gzip(pcap(&conversation(3_000)));
    let folder = Folder::new().file("a.pcap.gz", &bytes[..bytes.len() - 20]);
    let mut pass = folder.open().pass(0).unwrap();
    let rows: usize = pass.by_ref().map_while(Result::ok).map(|batch| batch.rows()).sum();
    assert!(rows > 2_048, "{rows}");
    let mut pass = folder.open().pass(0).unwrap();
    assert!(matches!(pass.find_map(Result::err), Some(Error::Read { .. })));
}

#[test]
fn damaged_captures_never_panic_and_give_no_row_that_is_not_finite() {
    let bytes = pcap(&conversation(30));
    let mut bits = 1_u64;
    let mut random = || {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        bits
    };
    for _ in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..=random() % 8 {
            let at = random() as usize % damaged.len();
            damaged[at] = random() as u8;
        }
        let folder = Folder::new().file("a.pcap", damaged);
        match Source::open(folder.path()) {
            Ok(source) => assert!(rows(&source, 0).iter().flatten().all(|value| value.is_finite())),
            Err(error) => assert_says(&error.to_string(), &["a.pcap"]),
        }
    }
}

#[test]
fn captures_beside_other_files_need_a_format_and_are_never_written() {
    let folder = capture(&conversation(3)).file("b.csv", "1\n");
    assert_says(&folder.error(), &["1 .csv and 1 .pcap", "give the format"]);
    let source = SourceOptions::new().with_format(Format::Capture).open(folder.path()).unwrap();
    assert_eq!(source.files().len(), 1);
    let said = |sink: Result<Sink, Error>| assert_says(&sink.unwrap_err().to_string(), &["captures are not written"]);
    said(Sink::file(&folder.path().join("out.pcap"), Format::Capture));
    said(Sink::stream(Box::new(Vec::new()), Format::Capture));
}
