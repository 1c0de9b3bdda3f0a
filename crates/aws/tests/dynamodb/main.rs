//! What the DynamoDB store makes of answers that no emulator gives: lost, late, refused, torn.

mod ending;
mod errors;
mod import;
mod lost_answers;
mod rows;
mod sample;
mod service;
mod table;
