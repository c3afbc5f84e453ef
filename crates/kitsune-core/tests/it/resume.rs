//! Trainings that are broken off and gone on with.

use std::error::Error as StdError;
use std::ops::ControlFlow;

use burn::tensor::TensorData;
use kitsune_core::kinds::OptimizerKind;
use kitsune_core::training::{Checkpoints, Progress, Training};
use kitsune_core::{Error, Kitsune, KitsuneConfig, RowSource};

use crate::bridge::matrix;
use crate::damage::damaged;
use crate::taken_apart::{Parts, file_bytes};
use crate::training::factor_rows;
use crate::{TestBackend, device};

const EPOCHS: usize = 4;

/// Rows of which some are held out.
const ROWS: usize = 2_100;

type Failed = Box<dyn StdError + Send + Sync>;

/// Checkpoints in memory, kept after each epoch that is due.
#[derive(Default)]
struct Memory {
    newest: Option<Vec<u8>>,
    epochs: Vec<usize>,
    never_due: bool,
}

impl Checkpoints for Memory {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Failed> {
        Ok(self.newest.clone())
    }

    fn is_due(&mut self) -> bool {
        !self.never_due
    }

    fn save(&mut self, epoch: usize, checkpoint: &[u8]) -> Result<(), Failed> {
        self.newest = Some(checkpoint.to_vec());
        self.epochs.push(epoch);
        Ok(())
    }
}

fn rows() -> TensorData {
    matrix(&factor_rows(ROWS, 1))
}

fn config() -> KitsuneConfig {
    KitsuneConfig::new().with_epochs(Some(EPOCHS)).with_batch_size(Some(128))
}

/// Trains until so many steps are taken.
fn break_off(config: &KitsuneConfig, rows: &impl RowSource, last_step: u64, memory: &mut Memory) {
    let stop = |progress| match progress {
        Progress::Step { step, .. } if step == last_step => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stopped = Training::<TestBackend, _>::new(config, rows).observed(stop).with_checkpoints(memory).run(&device());
    assert!(matches!(stopped, Err(Error::Stopped)));
}

fn resume(config: &KitsuneConfig, rows: &impl RowSource, memory: &mut Memory) -> Result<Kitsune<TestBackend>, Error> {
    Training::new(config, rows).with_checkpoints(memory).run(&device())
}

/// A checkpoint after epoch 1.
fn after_one_epoch() -> Memory {
    let mut memory = Memory::default();
    break_off(&config(), &rows(), steps_per_epoch() + 2, &mut memory);
    assert_eq!(memory.epochs, [1]);
    memory
}

fn steps_per_epoch() -> u64 {
    let mut steps = 0;
    let stop = |progress| match progress {
        Progress::Planned { steps: all, held_out, .. } => {
            assert!(held_out > 0);
            steps = all / EPOCHS as u64;
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    let rows = rows();
    let stopped = Training::<TestBackend, _>::new(&config(), &rows).observed(stop).run(&device());
    assert!(matches!(stopped, Err(Error::Stopped)));
    steps
}

#[test]
fn a_resumed_training_gives_the_same_file_as_one_that_was_never_broken_off() {
    let (rows, steps) = (rows(), steps_per_epoch());
    for optimizer in [OptimizerKind::Adam, OptimizerKind::Sgd] {
        let config = config().with_optimizer(optimizer);
        let expected = file_bytes(&config.fit(&rows, &device()).unwrap());

        let mut memory = Memory::default();
        break_off(&config, &rows, steps + 1, &mut memory);
        assert_eq!(memory.epochs, [1], "{optimizer:?}");
        break_off(&config, &rows, 3 * steps, &mut memory);
        assert_eq!(memory.epochs, [1, 2], "{optimizer:?}: the third epoch's last step is not the end of it");
        let mut told = Vec::new();
        let observer = |progress| {
            match progress {
                Progress::Resumed { epoch, .. } => told.push(format!("after {epoch}")),
                Progress::Epoch { epoch, .. } => told.push(format!("epoch {epoch}")),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let model = Training::new(&config, &rows).observed(observer).with_checkpoints(&mut memory).run(&device()).unwrap();
        assert_eq!(told, ["after 2", "epoch 3", "epoch 4"], "{optimizer:?}");
        assert_eq!(memory.epochs, [1, 2, 3], "{optimizer:?}: none after the last");
        assert!(file_bytes(&model) == expected, "{optimizer:?}: another model");
    }
}

#[test]
fn a_training_that_goes_on_from_a_model_is_resumed_too_and_only_from_that_model() {
    let (rows, others) = (rows(), matrix(&factor_rows(ROWS, 2)));
    let earlier = |seed: u64| config().with_seed(seed).with_epochs(Some(1)).fit::<TestBackend>(&others, &device()).unwrap();
    let (model, another) = (earlier(0), earlier(1));
    let config = config();
    let expected = file_bytes(&Training::new(&config, &rows).with_initial_model(&model).run(&device()).unwrap());
    let resumed = |from: &Kitsune<TestBackend>, memory: &mut Memory| {
        Training::new(&config, &rows).with_initial_model(from).with_checkpoints(memory).run(&device())
    };

    let mut memory = Memory::default();
    let stop =
        |progress| if matches!(progress, Progress::Epoch { epoch: 2, .. }) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let stopped = Training::new(&config, &rows).with_initial_model(&model).observed(stop).with_checkpoints(&mut memory).run(&device());
    assert!(matches!(stopped, Err(Error::Stopped)));
    assert_eq!(memory.epochs, [1]);
    let refused = resumed(&another, &mut memory).unwrap_err();
    assert!(refused.to_string().contains("the same model"), "{refused}");
    assert!(file_bytes(&resumed(&model, &mut memory).unwrap()) == expected);
}

#[test]
fn checkpoints_are_kept_when_they_are_due() {
    let (config, rows) = (config().with_trim(0.0), rows());
    let plain = file_bytes(&config.fit(&rows, &device()).unwrap());
    let mut memory = Memory { never_due: true, ..Memory::default() };
    assert!(file_bytes(&resume(&config, &rows, &mut memory).unwrap()) == plain, "to keep none changes nothing");
    assert!(memory.newest.is_none());
    let mut memory = Memory::default();
    assert!(file_bytes(&resume(&config, &rows, &mut memory).unwrap()) == plain, "to keep some changes nothing");
    assert_eq!(memory.epochs, [1, 2, 3]);
}

#[test]
fn the_checkpoint_of_another_training_is_refused() {
    let mut memory = after_one_epoch();
    let refused = |error: Error, part: &str| {
        let said = error.to_string();
        assert!(matches!(error, Error::OtherTraining { .. }) && said.contains(part), "{said:?} does not say {part:?}");
    };
    let options = [
        (config().with_batch_size(Some(64)), "batch_size was 128 and is 64"),
        (config().with_epochs(Some(5)), "epochs was 4 and is 5"),
        (config().with_seed(1).with_trim(0.1), "seed was 0 and is 1, trim was 0.05 and is 0.1"),
        (config().with_optimizer(OptimizerKind::Sgd), "optimizer was \"Adam\" and is \"Sgd\""),
    ];
    for (other, part) in options {
        refused(resume(&other, &rows(), &mut memory).unwrap_err(), part);
    }

    let values = factor_rows(ROWS, 1);
    refused(resume(&config(), &matrix(&values[1..]), &mut memory).unwrap_err(), "it had 2100 rows, but there are 2099");
    let mut changed = values.clone();
    changed[ROWS / 2][3] += 0.01;
    refused(resume(&config(), &matrix(&changed), &mut memory).unwrap_err(), "other values");
    let narrower: Vec<_> = values.iter().map(|row| row[1..].to_vec()).collect();
    refused(resume(&config(), &matrix(&narrower), &mut memory).unwrap_err(), "other values");
    let rows = rows();
    // Each epoch in the order that another has.
    let otherwise =
        |epoch: usize| -> Result<_, Error> { Ok(rows.pass(if epoch == 0 { 0 } else { epoch + 1 })?.collect::<Vec<_>>().into_iter()) };
    refused(resume(&config(), &otherwise, &mut memory).unwrap_err(), "another order");
    assert_eq!(memory.epochs, [1], "nothing was trained");
    resume(&config(), &rows, &mut memory).unwrap();
}

#[test]
fn bytes_that_are_no_checkpoint_are_refused() {
    let (config, rows) = (config().with_trim(0.0).with_epochs(Some(2)), matrix(&factor_rows(100, 1)));
    let mut memory = Memory::default();
    let expected = file_bytes(&resume(&config, &rows, &mut memory).unwrap());
    assert_eq!(memory.epochs, [1]);
    let resumed = |bytes: Vec<u8>| resume(&config, &rows, &mut Memory { newest: Some(bytes), ..Memory::default() });
    assert!(matches!(resumed(expected.clone()), Err(Error::Foreign { expected: "kitsune checkpoint", .. })));
    let mut refused = 0;
    for bytes in damaged(&memory.newest.unwrap(), 200) {
        match resumed(bytes) {
            Err(Error::Foreign { .. } | Error::Inconsistent { .. } | Error::NewerFormat { .. } | Error::OlderCheckpoint { .. }) => {
                refused += 1;
            }
            Err(error) => panic!("damage shows as {error}"),
            Ok(model) => assert!(file_bytes(&model) == expected, "another model"),
        }
    }
    assert!(refused > 1_000, "{refused}");
}

#[test]
fn a_checkpoint_of_an_older_format_is_refused_in_words() {
    let mut older = Parts::of(after_one_epoch().newest.as_ref().unwrap());
    assert_eq!(older.document["format"], 3);
    older.document["format"] = 2.into();
    let mut memory = Memory { newest: Some(older.to_bytes()), ..Memory::default() };
    let error = resume(&config(), &rows(), &mut memory).unwrap_err();
    assert!(matches!(error, Error::OlderCheckpoint { found: 2, needed: 3 }) && error.is_about_checkpoint(), "{error}");
    assert_eq!(error.to_string(), "the checkpoint has format 2 of an older version, but this version resumes format 3 only");
}

#[test]
fn what_the_keeper_of_checkpoints_cannot_do_ends_the_training() {
    struct Broken {
        loads: bool,
    }
    impl Checkpoints for Broken {
        fn load(&mut self) -> Result<Option<Vec<u8>>, Failed> {
            if self.loads { Ok(None) } else { Err("the disk is gone".into()) }
        }

        fn is_due(&mut self) -> bool {
            true
        }

        fn save(&mut self, _epoch: usize, _checkpoint: &[u8]) -> Result<(), Failed> {
            Err("the disk is full".into())
        }
    }
    for (loads, reason) in [(false, "the disk is gone"), (true, "the disk is full")] {
        let rows = matrix(&factor_rows(100, 1));
        let config = config().with_trim(0.0);
        let error = Training::<TestBackend, _>::new(&config, &rows).with_checkpoints(&mut Broken { loads }).run(&device()).unwrap_err();
        assert!(matches!(error, Error::Checkpoint(_)));
        assert_eq!(error.source().unwrap().to_string(), reason);
    }
}
