//! Generates the parser from the grammar, when the grammar has changed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/syntax/grammar.lalrpop");
    lalrpop::Configuration::new()
        .set_in_dir("src/syntax")
        .emit_rerun_directives(false)
        .process()
        .expect("the grammar has no conflicts");
}
