//! The values of columns as text, for text formats and for messages.

mod floats;
pub(crate) mod json_values;
pub(crate) mod named_values;

use std::fmt::Write;

use polars::prelude::{DataType, IntoSeries, PolarsResult, Series, StringChunked};

/// Turns values that text formats have no notation for into strings, and leaves all others as they are.
///
/// Dates and times have the notation of Polars, with all digits of a second; durations have that of ISO 8601; bytes become hexadecimal
/// digits.
pub(crate) fn as_text(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::Date | DataType::Datetime(..) | DataType::Decimal(..) | DataType::Categorical(..) | DataType::Enum(..) => {
            series.cast(&DataType::String)
        }
        DataType::Time => Ok(series.time()?.to_string("%T%.f").into_series()),
        DataType::Duration(_) => Ok(series.duration()?.to_string("iso")?.into_series()),
        DataType::Binary => {
            let digits: StringChunked = series.binary()?.iter().map(|bytes| bytes.map(hexadecimal)).collect();
            Ok(digits.with_name(series.name().clone()).into_series())
        }
        _ => Ok(series.clone()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to a string cannot fail.
        write!(digits, "{byte:02x}").ok();
        digits
    })
}
