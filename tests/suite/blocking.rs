//! Reads that wait for somebody outside the program: its standard input.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::common::mgo;
use libtest_mimic::{Failed, Trial};

/// A goroutine waits for a line while main, on the only P, takes turns with another goroutine; it says when it has
/// done so, and gets the line only then.
const PROGRAM: &str = r#"package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/sched"
)

func main() {
	lines, ids := make(chan string), make(chan int)
	mark := sched.Read()
	go func() {
		ids <- sched.GoID()
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil {
			panic(err)
		}
		lines <- line
	}()
	reader := <-ids
	for {
		if g, _ := sched.Lookup(reader); g.Status == "syscall" {
			break
		}
		runtime.Gosched()
	}
	turns := make(chan int)
	go func() {
		for i := range 1000 {
			turns <- i
		}
		close(turns)
	}()
	n := 0
	for range turns {
		n++
	}
	fmt.Println("turns", n)
	fmt.Print("line ", <-lines)
	fmt.Println("handed off", sched.Since(mark).Handoffs > 0)
}
"#;

/// The checks.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "blocking: a wait for standard input keeps no P",
        standard_input,
    )]
}

fn standard_input() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("read.mgo");
    std::fs::write(&file, PROGRAM)?;
    let mut child = mgo()
        .arg("run")
        .arg(&file)
        .env("GOMAXPROCS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut out = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let mut said = String::new();
    out.read_line(&mut said)?;
    child.stdin.take().ok_or("no stdin")?.write_all(b"hello\n")?;
    while out.read_line(&mut said)? > 0 {}
    let status = child.wait()?;
    match (&*said, status.success()) {
        ("turns 1000\nline hello\nhanded off true\n", true) => Ok(()),
        _ => Err(format!("{status}: {said}").into()),
    }
}
