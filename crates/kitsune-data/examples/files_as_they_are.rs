//! From files as people have them to verdicts: the log of a pump has decimal commas, a number that stands for no value, rows of tests, and a
//! pressure that follows the flow of the row before. The model remembers how its rows were read, and another file is read alike.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};

use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Kitsune, KitsuneConfig, ScoreOptions};
use kitsune_data::{Condition, Missing, Reading, SourceOptions};

/// The log of a pump, in which the pressure does not follow the flow in the given minutes. `line` writes a state, a flow and a pressure.
fn log(minutes: u32, strange: &[u32], line: impl Fn(&str, f64, f64) -> String) -> String {
    let mut before = 500.0;
    let mut text = String::new();
    for minute in 0..minutes {
        let flow = f64::from(minute.pow(2) * 37 % 1_009);
        let pressure = 2.5 + if strange.contains(&minute) { (before + 500.0) % 1_000.0 } else { before } / 200.0;
        if minute % 60 == 30 {
            text += &line("test", 0.0, 99.0);
        }
        // The flow meter fails from time to time.
        text += &line("running", if minute % 500 == 499 { -9999.0 } else { flow }, pressure);
        before = flow;
    }
    text
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let [week, today, saved] = ["week.csv", "today.ndjson", "pump.safetensors"].map(|name| folder.path().join(name));
    let rows = log(6_000, &[], |state, flow, pressure| format!("{state};{flow};{pressure}\n").replace('.', ","));
    fs::write(&week, format!("state;flow;pressure\n{rows}"))?;
    let strange = [100, 250];
    let rows = log(600, &strange, |state, flow, pressure| format!("{{\"state\":{state:?},\"flow\":{flow},\"pressure\":{pressure}}}\n"));
    fs::write(&today, rows)?;

    // Each minute together with the one before, as far as the pump was running and the meters had values.
    let rows = SourceOptions::new()
        .with_decimal_comma()
        .with_missing_values(["-9999"])
        .open(&week)?
        .with_conditions([Condition::equal("state", "running")])?
        .exclude(["state"])?
        .with_lags(1)
        .with_missing(Missing::Drop)
        .with_shuffle(7);
    assert_eq!(rows.names().ok_or("the file has no names")?, ["flow", "pressure", "flow_lag_1", "pressure_lag_1"]);
    let model: Kitsune<NdArray> = KitsuneConfig::new().fit(&rows, &NdArrayDevice::Cpu)?;
    model.save(&saved)?;

    // Whoever scores needs the model alone: it remembers the missing value, the condition and the lag. JSON has no decimal commas.
    let model = Kitsune::<NdArray>::from_pretrained(&saved, &NdArrayDevice::Cpu)?;
    let reading: Reading = serde_json::from_value(model.reading().ok_or("the model remembers nothing")?.clone())?;
    let names = model.columns().ok_or("the model has no names")?;
    let rows = SourceOptions::new().with_reading(reading).open(&today)?.with_names(names)?.with_missing(Missing::Drop);
    let scored = model.score_rows(&rows, &ScoreOptions::new())?;
    let verdicts = model.verdicts(&scored).ok_or("the model has no threshold")?;
    let reasons = model.reasons(&rows, verdicts.flagged(), 1)?;
    let mut out = io::stdout();
    for (row, reasons) in verdicts.flagged().zip(&reasons) {
        for reason in reasons {
            let (name, value, expected) = (&names[reason.feature], reason.value, reason.expected);
            writeln!(out, "row {row} scores {:.2}: {name} is {value}, expected {expected:.1}", scored.scores[row])?;
        }
    }

    // The first minute has none before it, and neither the failed one nor the next has all values.
    assert_eq!(scored.scores.len(), 597);
    for minute in strange {
        assert!(verdicts.is_anomaly[minute as usize - 1], "minute {minute}");
    }
    Ok(())
}
