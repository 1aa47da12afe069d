//! Text to syntax tree.
//!
//! [`parser::parse_file`] runs the stages: [`lexer`] cuts the text into [`token`]s, [`disambig`] tells apart
//! those that look the same, the parser generated from `grammar.lalrpop` reduces, [`actions`] builds the
//! [`ast`]. Before that [`header`] reads a file's imports and
//! [`constraint`] whether it belongs to the build;
//! [`embed`] finds the files it asks for. [`report`] words the syntax errors, [`visit`] walks the tree, [`print`] turns expressions back
//! into text.

pub mod actions;
pub mod ast;
pub mod constraint;
mod directives;
pub mod disambig;
pub mod embed;
pub mod header;
pub mod lexer;
mod literal;
mod outline;
pub mod parser;
pub mod print;
pub mod report;
pub mod token;
pub mod visit;
