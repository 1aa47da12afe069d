//! `generate SEED FUNCTIONS`: prints the well-typed program that the seed determines.

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|a| a.parse::<u64>().ok());
    let seed = args.next().unwrap_or(1);
    let n = args.next().unwrap_or(20);
    print!("{}", mgo_fuzz::generate::program(seed, n as usize));
}
