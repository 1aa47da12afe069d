package leftovers

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// record is a TestingT that keeps what is reported.
type record struct{ errs []string }

func (r *record) Error(args ...any) { r.errs = append(r.errs, args[0].(error).Error()) }

func block(ch chan int)  { <-ch }
func within(ch chan int) { block(ch) }

func TestFindsAndIgnores(t *testing.T) {
	defer goleak.VerifyNone(t)
	ch := make(chan int)
	go within(ch)
	err := goleak.Find()
	if err == nil {
		t.Fatal("not found")
	}
	name := "leftovers.block"
	if s := err.Error(); !strings.HasPrefix(s, "found unexpected goroutines:\n[Goroutine ") ||
		!strings.Contains(s, " in state chan receive, with ") || !strings.Contains(s, name+" on top of the stack:") {
		t.Error(s)
	}
	top := ""
	for _, word := range strings.Fields(err.Error()) {
		if strings.HasSuffix(word, name) {
			top = word
			break
		}
	}
	within := strings.Replace(top, "block", "within", 1)
	for _, o := range []goleak.Option{
		goleak.IgnoreTopFunction(top), goleak.IgnoreAnyFunction(within), goleak.IgnoreCurrent(),
	} {
		if err := goleak.Find(o); err != nil {
			t.Error(err)
		}
	}
	if goleak.Find(goleak.IgnoreTopFunction(within)) == nil {
		t.Error("a function further out is not the top one")
	}
	if err := goleak.Find(goleak.Cleanup(os.Exit)); err == nil ||
		err.Error() != "Cleanup can only be passed to VerifyNone or VerifyTestMain" {
		t.Error(err)
	}
	var r record
	cleaned := false
	goleak.VerifyNone(&r, goleak.Cleanup(func(int) { cleaned = true }))
	if len(r.errs) != 1 || !cleaned {
		t.Error(r.errs, cleaned)
	}
	close(ch)
}

func TestWaitsForTheEnd(t *testing.T) {
	go time.Sleep(20 * time.Millisecond)
	goleak.VerifyNone(t)
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
