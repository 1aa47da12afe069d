package a_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"example.com/multi/a"
)

var extra = flag.String("extra", "none", "a flag of the test's own")

func TestMain(m *testing.M) {
	flag.Parse()
	fmt.Println("before", *extra, flag.Args())
	code := m.Run()
	fmt.Println("after", code)
	if *extra == "exit" {
		os.Exit(7)
	}
}

func TestName(t *testing.T) {
	if a.Name() != "ab" {
		t.Fatal(a.Name())
	}
}
