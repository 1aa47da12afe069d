package testmain

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var mode = flag.String("mode", "", "what to do")

func TestMain(m *testing.M) {
	flag.Parse()
	fmt.Println("before", *mode)
	switch *mode {
	case "exit4":
		os.Exit(4)
	case "after5":
		m.Run()
		os.Exit(5)
	case "return":
		return
	case "noexit":
		m.Run()
		fmt.Println("after")
		return
	case "panic":
		panic("in TestMain")
	case "twice":
		fmt.Println(m.Run(), m.Run())
		os.Exit(0)
	case "zero":
		m.Run()
		os.Exit(0)
	}
	code := m.Run()
	fmt.Println("after", code)
	os.Exit(code)
}
func TestA(t *testing.T) { t.Log("A") }
func TestB(t *testing.T) { t.Error("B") }
